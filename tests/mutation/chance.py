"""Mutants by chance: every place of a Python file where a comparison, a number, a step or a word of SQL can be another.

Only places are found here; `runner` breaks them. Words for people (docstrings, sentences of refusals, types) are left alone.
"""

import ast
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.MatMult: ast.Add,
}  # fmt: skip
_SQL = [
    (" <= ", " < "), (" >= ", " > "), (" < ", " <= "), (" > ", " >= "), (" AND ", " OR "), (" OR ", " AND "),
    (" = ", " <> "), ("DISTINCT ", ""), (" IS NULL", " IS NOT NULL"), (" IS NOT NULL", " IS NULL"), ("sum(", "max("),
    ("min(", "max("), ("count(", "max("), (" + ", " - "), (" - ", " + "), (" * ", " + "), ("LEFT JOIN", "JOIN"),
    ("UNION ALL", "UNION"), ("coalesce(", "concat("), ("floor(", "ceil("),
]  # fmt: skip
_IS_SQL = re.compile(r"\b(SELECT|CASE|WHERE|WHEN|count\(|sum\(|IN \(|IS NOT NULL)")


@dataclass(frozen=True)
class Chance:
    """A piece of a line or lines of a file, and what stands there instead."""

    file: str
    line: int
    start: int
    end: int
    """Places in the file's text, in characters."""
    new: str
    kind: str

    def applied(self, text: str) -> str:
        """The file's text with the change."""
        return text[: self.start] + self.new + text[self.end :]

    def told(self, root: Path) -> str:
        """What became what, on one line."""
        old = (root / self.file).read_text()[self.start : self.end]
        return " ".join(f"{old} -> {self.new}".split())


def chances(root: Path, file: str) -> list[Chance]:
    """Every place of one file, in the order of the text."""
    text = (root / file).read_text()
    tree = ast.parse(text)
    starts = [0, *(place + 1 for place, letter in enumerate(text) if letter == "\n")]

    def place(line: int, column: int) -> int:
        # The parser counts columns in bytes.
        return starts[line - 1] + len(text[starts[line - 1] :].encode()[:column].decode())

    found = {}
    for node, kind, new in _alternatives(tree, _left_alone(tree)):
        start, end = place(node.lineno, node.col_offset), place(node.end_lineno or 0, node.end_col_offset or 0)
        chance = Chance(file, node.lineno, start, end, new, kind)
        if text[start:end] != new:
            found[start, end, new] = chance
    return [found[key] for key in sorted(found)]


def sample(root: Path, package: str, number: int, seed: int) -> list[Chance]:
    """So many places of a package by chance, each place as likely as any other; the same ones for the same seed."""
    files = sorted(path.relative_to(root).as_posix() for path in (root / package).rglob("*.py"))
    every = [chance for file in files for chance in chances(root, file)]
    return random.Random(seed).sample(every, min(number, len(every)))


def _left_alone(tree: ast.Module) -> set[ast.AST]:
    """Docstrings, types, decorators, imports, and the words of a refusal or another error."""
    alone: list[ast.AST] = []
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Import() | ast.ImportFrom():
                alone.append(node)
            case ast.Raise():  # whether it is raised matters, and not in which words
                alone += ast.iter_child_nodes(node)
            case ast.FunctionDef() | ast.ClassDef():
                alone += node.decorator_list
                alone += [node.returns] if isinstance(node, ast.FunctionDef) and node.returns else []
            case ast.arg(annotation=ast.AST() as annotation) | ast.AnnAssign(annotation=annotation):
                alone.append(annotation)
            case ast.Assign(value=ast.Subscript() as value) if isinstance(value.value, ast.Name):
                alone += [value] if value.value.id in ("Annotated", "Literal", "Callable", "Mapping", "tuple") else []
            case _:
                pass
    return {inner for node in alone for inner in ast.walk(node)}


def _alternatives(tree: ast.Module, alone: set[ast.AST]) -> Iterator[tuple[ast.expr | ast.stmt, str, str]]:
    pieces = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if node in alone or (id(node) in pieces and not isinstance(node, ast.JoinedStr)):
            continue
        if isinstance(node, ast.stmt):
            yield from ((node, kind, new) for kind, new in _other_statements(node))
        elif isinstance(node, ast.expr):
            yield from ((node, kind, f"({new})") for kind, new in _other_expressions(node))


def _other_statements(node: ast.stmt) -> Iterable[tuple[str, str]]:
    match node:
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise():
            yield "statement dropped", "pass"
        case ast.Return(value=ast.AST()):
            yield "nothing returned", "return None"
        case _:
            return


def _other_expressions(node: ast.expr) -> Iterable[tuple[str, str]]:
    match node:
        case ast.Compare(left=left, ops=[first, *others], comparators=comparators) if type(first) in _COMPARISONS:
            other = ast.Compare(left, [_COMPARISONS[type(first)](), *others], comparators)
            yield "comparison", ast.unparse(other)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            yield "arithmetic", ast.unparse(ast.BinOp(left, _OPERATORS[type(operator)](), right))
        case ast.BoolOp(op=operator, values=values):
            yield "and, or", ast.unparse(ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), values))
            yield "condition dropped", ast.unparse(values[0])
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert(), operand=operand):
            yield "sign", ast.unparse(operand)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield "branches", ast.unparse(ast.IfExp(test, orelse, body))
        case ast.Constant(value=bool() as value):
            yield "boolean", str(not value)
        case ast.Constant(value=int() | float() as value):
            yield "number", repr(value + 1)
            yield "number", repr(value - 1)
        case ast.Constant(value=str() as value) if _IS_SQL.search(value):
            yield from (("SQL", repr(changed)) for changed in _other_sql(value))
        case _:
            return


def _other_sql(text: str) -> Iterator[str]:
    for old, new in _SQL:
        for found in re.finditer(re.escape(old), text):
            yield text[: found.start()] + new + text[found.end() :]
