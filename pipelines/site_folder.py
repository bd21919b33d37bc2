"""A site folder as frozen settings, and every mistake in it with file, line and remedy. The only reader of its YAML."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from anonymizers.contract import Sources
from anonymizers.delivering.destination import names_a_file
from anonymizers.delivering.partner import Partners, unknown_segments
from anonymizers.local_day import iso_week
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.edition import daily_edition, weekly_edition
from anonymizers.releasing.gate import suspicions_of
from anonymizers.releasing.release import caveats, compose_empty
from anonymizers.searching.leak_scan import must_search
from anonymizers.searching.second_net import Suspicion
from anonymizers.site import Site
from anonymizers.tuning.untuned import untuned
from anonymizers.vocabulary import ACTIONS
from pipelines.rehearsal_file import REHEARSAL, read_rehearsal

SITE, SOURCES, TOPICS, SEGMENTS = "site.yaml", "sources.yaml", "topics.yaml", "segments.yaml"
BOUNDS, PARTNERS = "bounds.yaml", "partners.yaml"
_KEYS_OF = {TOPICS: ("topics",), SEGMENTS: ("segments", "sensitive"), BOUNDS: ("daily", "weekly")}
"""The files that hold a part of the site, and its keys in them; the first one has to be there."""
_KEYS = {
    TOPICS: "write the one key `topics` with a list below it, and nothing else",
    SEGMENTS: "write the key `segments` with a list below it, if need be `sensitive` with another, and nothing else",
    BOUNDS: "write the keys `daily` and `weekly`, and nothing else, or let koond tune --write do it",
}
_YES_NO = "YAML reads this word as true or false; write a number, or put quotes around a text"
_NO_SUCH_KEY = "there is no such key; remove it, or mend its spelling"
_NO_SUCH_SEGMENT = "the site has no such segment; choose from segments.yaml"
_NAMES = "write names with values below it"
_LIST = "write a list, as [one, two]"
_DAY = "write a day, as 2026-01-31"
_PLAIN = {
    "missing": "it is missing; add it",
    "unexpected_keyword_argument": _NO_SUCH_KEY,
    "extra_forbidden": _NO_SUCH_KEY,
    "invalid_key": _NO_SUCH_KEY,
    "dataclass_type": _NAMES,
    "mapping_type": _NAMES,
    "dict_type": _NAMES,
    "tuple_type": _LIST,
    "too_short": "it is empty; write at least {min_length}",
    "recursion_loop": "it stands inside itself, or too deep; write it flatter",
    "string_type": "write a text; put quotes around what YAML takes for a number or a date",
    "string_pattern_mismatch": "the text must match {pattern}; mend it",
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
}
"""What an operator reads instead of pydantic's own words, by type of error."""


@dataclass(frozen=True)
class SiteFolder:
    """What a site folder says."""

    site: Site
    sources: Sources
    partners: Partners = field(default_factory=Partners)


@dataclass(frozen=True)
class Mistake:
    """One mistake in a site folder, ready to print."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


def read_site_folder(folder: Path) -> SiteFolder:
    """The settings of a site folder. Raises Refusal with the first mistake and the number of the others."""
    found = _read(folder)
    if isinstance(found, SiteFolder):
        return found
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    raise Refusal("site", Reason.SITE_FOLDER, f"{found[0]}{more}; koond check --site {folder.name} lists all")


def mistakes(folder: Path) -> Sequence[Mistake]:
    """Every mistake in a site folder; empty when it is good."""
    found = _read(folder)
    return [*_looks_personal(found), *_missing_files(folder, found)] if isinstance(found, SiteFolder) else found


def _missing_files(folder: Path, found: SiteFolder) -> list[Mistake]:
    """Files that partners.yaml names without a variable, and that are not here: no night fails of one, but a delivery does."""
    named = [
        (("partners", number, "outlet", key), getattr(partner.outlet, key))
        for number, partner in enumerate(found.partners.partners)
        for key in ("known_hosts", "key")
    ]
    return [
        _mistake(place, "there is no such file here; mend its place", _File(PARTNERS, _text(folder, PARTNERS)), {})
        for place, text in named
        if text is not None and names_a_file(text) and "$" not in text and not Path(text).expanduser().is_file()
    ]


def _looks_personal(found: SiteFolder) -> list[Mistake]:
    """What the gate would refuse in every release, told before any budget is spent on one."""
    site, wrong = found.site, list[Suspicion]()
    for edition in (daily_edition(site.first_day), weekly_edition(iso_week(site.first_day), ())):
        empty = compose_empty(site, edition, caveats(found.sources), must_search(found.sources))
        wrong += suspicions_of(empty, site, edition)
    return [
        Mistake(
            SITE, 1, f"a release would hold what looks like a {kind}; write that text otherwise (here or in topics)"
        )
        for kind in sorted({suspicion.kind for suspicion in wrong})
    ]


def read_site_to_rehearse(folder: Path) -> Site:
    """The site without its rehearsal, whatever `rehearsal.json` says. Raises Refusal with a mistake."""
    found = _read(folder, rehearsed=False)
    if isinstance(found, SiteFolder):
        return found.site
    raise Refusal("site", Reason.SITE_FOLDER, f"{found[0]}; koond check --site {folder.name} lists all")


def read_site_to_tune(folder: Path) -> Site:
    """The site without its bounds: whatever `bounds.yaml` says, and if there is none. Raises Refusal with a mistake."""
    found = _read(folder, tuned=False, rehearsed=False)
    if isinstance(found, SiteFolder):
        return found.site
    first = next((mistake for mistake in found if mistake.file != BOUNDS), found[0])
    raise Refusal("site", Reason.SITE_FOLDER, f"{first}; koond check --site {folder.name} lists all")


def _read(folder: Path, *, tuned: bool = True, rehearsed: bool = True) -> SiteFolder | list[Mistake]:
    files: dict[str, _File] = {}
    wrong: list[Mistake] = []
    for name in (SITE, SOURCES, TOPICS, SEGMENTS, BOUNDS, PARTNERS):
        try:
            files[name] = _File(name, _text(folder, name) if tuned or name != BOUNDS else _no_bounds(files))
        except _Wrong as mistake:
            wrong.append(mistake.mistake)
    rehearsal = None
    try:
        rehearsal = read_rehearsal(folder) if rehearsed else None
    except Refusal as refusal:
        wrong.append(Mistake(REHEARSAL, 1, refusal.sentence))
    if wrong:
        return wrong
    parts = {key: files[name] for name, keys in _KEYS_OF.items() for key in keys}
    odd = [mistake for name in _KEYS_OF for mistake in _odd_keys(files[name])]
    odd += [
        Mistake(SITE, files[SITE].line((key,)), f"{key}: {key} stand in {part.name}; remove them here")
        for key, part in parts.items()
        if key in files[SITE].value
    ]
    if "rehearsal" in files[SITE].value:
        odd.append(
            Mistake(SITE, files[SITE].line(("rehearsal",)), f"rehearsal: it stands in {REHEARSAL}; remove it here")
        )
    odd += [
        Mistake(SITE, files[SITE].line((key,)), f"{key}: {_NO_SUCH_KEY}")
        for key in ("policies",)
        if key in files[SITE].value
    ]
    found = {key: part.value[key] for key, part in parts.items() if key in part.value}
    value = {**files[SITE].value, "topics": (), **found, "rehearsal": rehearsal}
    site = _validated(Site, value, files[SITE], parts)
    sources = _validated(Sources, files[SOURCES].value, files[SOURCES])
    partners = _validated(Partners, files[PARTNERS].value, files[PARTNERS])
    if isinstance(site, Site) and isinstance(partners, Partners):
        odd += [
            _mistake(("partners", number, "segments", place), _NO_SUCH_SEGMENT, files[PARTNERS], {})
            for number, place in unknown_segments(partners, site)
        ]
    if isinstance(site, Site) and isinstance(sources, Sources) and isinstance(partners, Partners) and not odd:
        return SiteFolder(site, sources, partners)
    return odd + [mistake for part in (site, sources, partners) if isinstance(part, list) for mistake in part]


def _no_bounds(files: Mapping[str, "_File"]) -> str:
    actions = files[SITE].value.get("actions", ACTIONS) if SITE in files else ACTIONS
    return yaml.safe_dump(
        untuned([str(action) for action in actions] if isinstance(actions, list | tuple) else ACTIONS)
    )


def _odd_keys(file: "_File") -> list[Mistake]:
    keys = _KEYS_OF[file.name]
    odd = [Mistake(file.name, file.line((key,)), _KEYS[file.name]) for key in file.value if key not in keys]
    return odd if keys[0] in file.value else [*odd, Mistake(file.name, 1, _KEYS[file.name])]


class _Wrong(Exception):
    """One mistake that keeps a file from being read at all."""

    def __init__(self, name: str, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.mistake = Mistake(name, line, sentence)


def _text(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        if name in (SEGMENTS, PARTNERS):
            return f"{name.removesuffix('.yaml')}: []"
        remedy = "koond tune --write writes it" if name == BOUNDS else "copy it from a shipped site and adapt it"
        wrong = _Wrong(name, 1, f"the file is missing in {folder}; {remedy}")
    except UnicodeDecodeError as error:
        wrong = _Wrong(name, error.object[: error.start].count(b"\n") + 1, "the file is not UTF-8; save it as UTF-8")
    except OSError as error:
        wrong = _Wrong(name, 1, f"the file cannot be read ({type(error).__name__}); mend its place and its mode")
    raise wrong


Checked = TypeVar("Checked")


def read_checked(path: Path, kind: type[Checked], step: str) -> Checked:
    """One YAML file that is no part of a site folder, as a frozen dataclass. Raises Refusal with line and remedy of the
    first mistake; of what stands in the file it tells names of keys that there are, and nothing else."""
    known = {each.name for each in fields(kind)}  # type: ignore[arg-type]
    told = ""
    try:
        file = _File(step, path.read_text(encoding="utf-8"))
        found = _validated(kind, file.value, file)
        if isinstance(found, kind):
            return found
        first = found[0].sentence
        told = f"line {found[0].line}: {first if first.split(':')[0].split('.')[0] in known else _NO_SUCH_KEY}"
    except _Wrong as wrong:
        told = f"line {wrong.mistake.line}: it is no YAML with names and values; write it as docs/promises.md shows"
    except (OSError, UnicodeDecodeError) as error:
        told = f"it cannot be read ({type(error).__name__}); mend its place, its mode and its text"
    raise Refusal(step, Reason.REQUEST, told)


class _File:
    """A YAML file with the line of each value. Raises _Wrong where it is not a mapping of names to values."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        wrong: _Wrong | None = None
        loaded: Any = None
        try:
            loader = yaml.SafeLoader(text)
            self._root = loader.get_single_node()
            self._look_for_doubles(self._root, set())
            loaded = loader.construct_document(self._root) if self._root else None
        except yaml.YAMLError as error:
            wrong = _Wrong(
                name,
                _line_of(error, text),
                f"not valid YAML: {getattr(error, 'problem', None) or 'unreadable'}; mend it",
            )
        except ValueError:
            wrong = _Wrong(
                name, self._line_of_no_value(), "this date or number does not exist; mend it, or put quotes around it"
            )
        except RecursionError:
            wrong = _Wrong(name, 1, "values stand too deep inside each other; write it as the shipped sites do")
        if wrong is None and not isinstance(loaded, dict):
            wrong = _Wrong(name, 1, "the file is empty or no mapping; write names with values, as the shipped sites do")
        if wrong is not None:
            raise wrong
        self.value: dict[str, Any] = loaded

    def line(self, place: Sequence[int | str]) -> int:
        """The line of the value at a place, or of the last part of the way there."""
        node, line = self._root, 1
        for step in place:
            below = _below(node, step)
            if below is None:
                break
            line, node = below
        return line

    def last_line_of(self, word: str) -> int:
        """The last line on which a word stands as a value."""
        return max((node.start_mark.line + 1 for node in _scalars(self._root, set()) if node.value == word), default=1)

    def _look_for_doubles(self, node: yaml.Node | None, seen: set[int]) -> None:
        if node is None or id(node) in seen:
            return
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            for place, (key, value) in enumerate(node.value):
                if isinstance(key, yaml.ScalarNode) and key.value in keys[:place]:
                    raise _Wrong(self.name, key.start_mark.line + 1, f"{key.value}: the key stands twice; keep one")
                self._look_for_doubles(value, seen)
        elif isinstance(node, yaml.SequenceNode):
            for value in node.value:
                self._look_for_doubles(value, seen)

    def _line_of_no_value(self) -> int:
        for node in _scalars(self._root, set()):
            try:
                yaml.safe_load(node.value if node.style is None else "")
            except ValueError:
                return int(node.start_mark.line) + 1
            except yaml.YAMLError:
                continue
        return 1


def _scalars(node: yaml.Node | None, seen: set[int]) -> Iterator[yaml.ScalarNode]:
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.CollectionNode):
        for part in node.value:
            for below in part if isinstance(part, tuple) else (part,):
                yield from _scalars(below, seen)


def _below(node: yaml.Node | None, step: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line + 1, node.value[step]
    return None


def _line_of(error: yaml.YAMLError, text: str) -> int:
    if isinstance(error, yaml.reader.ReaderError):
        return text[: error.position].count("\n") + 1
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark else 1


def _validated(kind: Any, value: Any, file: _File, parts: Mapping[str, _File] = MappingProxyType({})) -> Any:
    found = dict.fromkeys(_yes_or_no(value), _YES_NO)
    details: Sequence[Any] = ()
    checked = None
    try:
        checked = TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    for detail in details:
        place = _as_written(value, [step for step in detail["loc"] if not str(step).startswith("[")])
        context = detail.get("ctx", {})
        place += getattr(context.get("error"), "place", ())
        sentence = _PLAIN.get(detail["type"], detail["msg"].removeprefix("Value error, "))
        found.setdefault(place, sentence.format(**context) if detail["type"] in _PLAIN else sentence)
    return [_mistake(place, sentence, file, parts) for place, sentence in found.items()] or checked


def _as_written(value: Any, place: Sequence[int | str]) -> tuple[int | str, ...]:
    """A place without the number of a list's only member where that stands without its list."""
    written: list[int | str] = []
    for step in place:
        if isinstance(step, int) and isinstance(value, Mapping):
            continue
        written.append(step)
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list | tuple) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            value = None
    return tuple(written)


def _mistake(place: tuple[int | str, ...], sentence: str, file: _File, parts: Mapping[str, _File]) -> Mistake:
    told = f"{'.'.join(map(str, place)) or 'file'}: {sentence}"
    word = re.match(r"the (?:topic|prefix|ad subject) (.+) (?:stands twice|always exists)", sentence)
    if "topics" in parts and not place and word:
        return Mistake(TOPICS, parts["topics"].last_line_of(word[1]), sentence)
    where = parts.get(str(place[0]), file) if place else file
    return Mistake(where.name, where.line(place), told)


def _yes_or_no(
    value: Any, place: tuple[int | str, ...] = (), seen: tuple[int, ...] = ()
) -> Iterator[tuple[int | str, ...]]:
    """Places where YAML read yes, no, on or off: as a number they would count as 1 and 0."""
    if isinstance(value, bool) and place[-1:] != ("visitor_together",):
        yield place
    if id(value) in seen or not isinstance(value, Mapping | list):
        return
    for step, below in value.items() if isinstance(value, Mapping) else enumerate(value):
        yield from _yes_or_no(below, (*place, step), (*seen, id(value)))
