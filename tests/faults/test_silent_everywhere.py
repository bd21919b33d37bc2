"""No step, store or check is forgotten: each is silent, tells metadata through the helper alone, and refuses without values."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

import pipelines.io_managers as stores
from assets.silence import silent
from pipelines.definitions import build_defs
from pipelines.home import Home
from pipelines.settings import site_folder

ROOT = Path(__file__).parents[2]
CORE, ASSETS, OUTSIDE = (sorted((ROOT / name).rglob("*.py")) for name in ("anonymizers", "assets", "pipelines"))
HELPERS = {"counts", "column_names"}
TELLS = {"add_output_metadata", "add_asset_metadata", "add_input_metadata", "log_event"}
SHOWN_BY = {"AssetCheckResult", "MaterializeResult", "Output", "Failure", "AssetMaterialization", "AssetObservation"}


def is_silent(function: Any) -> bool:
    """Whether a function is one that `silent` made."""
    return bool(function.__code__.co_filename == inspect.getsourcefile(silent) and hasattr(function, "__wrapped__"))


def body(definition: dg.AssetsDefinition | dg.AssetChecksDefinition) -> Any:
    """The function that a node of the graph runs."""
    node = definition.node_def
    assert isinstance(node, dg.OpDefinition)
    compute: Any = node.compute_fn
    return getattr(compute, "decorated_fn", compute)


def test_p3_every_asset_and_every_check_of_the_code_location_is_silent(tmp_path):
    repository = build_defs(site_folder(), Home(tmp_path)).get_repository_def()
    assets = {asset for asset in repository.assets_defs_by_key.values() if asset.is_executable}
    checks = set(repository.asset_checks_defs_by_key.values())
    assert len(assets) >= 11, "the walk sees what there is"
    for definition in {*assets, *checks}:
        assert is_silent(body(definition)), body(definition).__name__


def test_p3_the_walk_sees_a_body_that_is_not_silent():
    """The control."""

    @dg.asset
    def careless() -> None:
        return None

    @dg.asset
    @silent
    def careful() -> None:
        return None

    assert not is_silent(body(careless)) and is_silent(body(careful))


MANAGERS = [kind for kind in vars(stores).values() if inspect.isclass(kind) and issubclass(kind, dg.IOManager)]


@pytest.mark.parametrize(
    "manager", [kind for kind in MANAGERS if kind is not dg.IOManager], ids=lambda kind: kind.__name__
)
def test_p3_every_way_into_and_out_of_a_store_is_silent_or_refuses_with_plain_words(manager):
    for name in ("handle_output", "load_input"):
        method = vars(manager)[name]
        if not is_silent(method):
            first, *others = [node for node in ast.walk(tree_of(method)) if isinstance(node, ast.stmt)][2:]
            assert isinstance(first, ast.Raise) and not others, (manager.__name__, name)


def tree_of(function: Any) -> ast.Module:
    return ast.parse(inspect.cleandoc("\n" + inspect.getsource(function)))


def calls(path: Path, names: set[str]) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and name_of(node.func) in names:
            yield node


def name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def through_the_helper(told: ast.expr, path: Path) -> bool:
    """Whether an expression is made of the helpers' answers alone: a call, a name that only ever stood for one, or a union."""
    match told:
        case ast.Call(func=function):
            return name_of(function) in HELPERS
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return through_the_helper(left, path) and through_the_helper(right, path)
        case ast.DictComp(value=value):
            return through_the_helper(value, path)
        case ast.Dict(values=values):
            return all(through_the_helper(value, path) for value in values)
        case ast.Name(id=name):
            given = list(assigned(path, name))
            return bool(given) and all(through_the_helper(value, path) for value in given)
        case _:
            return False


def assigned(path: Path, name: str) -> Iterator[ast.expr]:
    for node in ast.walk(ast.parse(path.read_text())):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value is not None:
            yield from (node.value for target in targets if isinstance(target, ast.Name) and target.id == name)


@pytest.mark.parametrize("path", [*ASSETS, *OUTSIDE], ids=lambda path: str(path.relative_to(ROOT)))
def test_p3_all_that_a_run_tells_dagster_goes_through_the_helper(path):
    for call in calls(path, TELLS):
        told = [*call.args, *(keyword.value for keyword in call.keywords)]
        assert all(through_the_helper(each, path) for each in told), f"{path.name}:{call.lineno}"
    for call in calls(path, SHOWN_BY):
        for keyword in call.keywords:
            if keyword.arg == "metadata":
                assert through_the_helper(keyword.value, path), f"{path.name}:{call.lineno}"
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and name_of(node.value) == "MetadataValue":
            assert path.name == "silence.py", f"{path.name}:{node.lineno} makes metadata of its own"


@pytest.mark.parametrize("path", ASSETS, ids=lambda path: path.name)
def test_p3_no_asset_writes_to_dagsters_log(path):
    """A log line is kept for ever, and nothing checks what stands in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and node.attr == "log":
            assert not (isinstance(node.value, ast.Name) and node.value.id == "context"), f"{path.name}:{node.lineno}"


SEE_ROWS = ("stripping", "counting", "estimating", "searching", "releasing", "attacking")
"""Packages of the core whose functions hold rows or numbers of visitors. The others hold the site folder alone."""
ROW_LIKE = {
    "row", "rows", "value", "values", "text", "texts", "url", "user_agent", "agent", "agents", "cookie", "email", "found_text",
    "reading", "readings", "token", "tokens", "word", "words", "cell", "told", "content", "event", "record", "line", "match",
    "error", "cause", "exception",
}  # fmt: skip
"""Names that may stand for what a visitor sent, or for an error that quotes it: none of them may stand in a sentence."""


def errors_of(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield node.exc


def filled_in(error: ast.Call) -> Iterator[ast.expr]:
    """What is put into the sentences of an error, but for what is only counted or asked for its type's name."""
    for node in ast.walk(error):
        if isinstance(node, ast.FormattedValue):
            yield node.value


def bare_names(expression: ast.expr) -> set[str]:
    """The names in an expression whose value may come out of it."""
    match expression:
        case (
            ast.Call(func=ast.Name(id="len" | "type" | "sum")) | ast.Attribute(value=ast.Call(func=ast.Name(id="type")))
        ):
            return set()
        case ast.Attribute(value=inner):
            return bare_names(inner) if isinstance(inner, ast.Call) else set()
        case ast.Name(id=name):
            return {name}
        case _:
            return {
                name
                for child in ast.iter_child_nodes(expression)
                if isinstance(child, ast.expr)
                for name in bare_names(child)
            }


@pytest.mark.parametrize(
    "path",
    [path for path in CORE if path.parent.name in SEE_ROWS],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_p3_whoever_sees_rows_raises_plain_errors_and_puts_nothing_of_a_row_into_them(path):
    for error in errors_of(path):
        place = f"{path.name}:{error.lineno}"
        assert name_of(error.func) in {"Refusal", "Unreadable", "ValueError"}, place
        for value in filled_in(error):
            assert not bare_names(value) & ROW_LIKE, f"{place} tells {ast.unparse(value)}"


def test_p3_the_rule_sees_a_value_in_a_refusal(tmp_path):
    """The control."""
    path = tmp_path / "leaky.py"
    path.write_text(
        'raise Refusal("step", Reason.ENGINE, f"{len(rows)} rows, such as {rows[0]}")\nraise ValueError(f"{url}")\n'
    )
    names = [bare_names(value) for error in errors_of(path) for value in filled_in(error)]
    assert names == [set(), {"rows"}, {"url"}]
    assert [name_of(error.func) for error in errors_of(path)] == ["Refusal", "ValueError"]
