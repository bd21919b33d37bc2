"""A YAML file with the line of each of its values, and what is wrong with them in an operator's words.

What files there are, and what belongs in them, is not here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from anonymizers.refusal import Reason, Refusal

_YES_NO = "YAML reads this word as true or false; write a number, or put quotes around a text"
NO_SUCH_KEY = "there is no such key; remove it, or mend its spelling"
_NAMES = "write names with values below it"
_LIST = "write a list, as [one, two]"
_DAY = "write a day, as 2026-01-31"
_PLAIN = {
    "missing": "it is missing; add it",
    "unexpected_keyword_argument": NO_SUCH_KEY,
    "extra_forbidden": NO_SUCH_KEY,
    "invalid_key": NO_SUCH_KEY,
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
class Mistake:
    """One mistake in a site folder, ready to print."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


class Wrong(Exception):
    """One mistake that keeps a file from being read at all."""

    def __init__(self, name: str, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.mistake = Mistake(name, line, sentence)


Checked = TypeVar("Checked")


def read_checked(path: Path, kind: type[Checked], step: str) -> Checked:
    """One YAML file that is no part of a site folder, as a frozen dataclass. Raises Refusal with line and remedy of the
    first mistake; of what stands in the file it tells names of keys that there are, and nothing else."""
    known = {each.name for each in fields(kind)}  # type: ignore[arg-type]
    told = ""
    try:
        file = YamlFile(step, path.read_text(encoding="utf-8"))
        found = validated(kind, file.value, file)
        if isinstance(found, kind):
            return found
        first = found[0].sentence
        told = f"line {found[0].line}: {first if first.split(':')[0].split('.')[0] in known else NO_SUCH_KEY}"
    except Wrong as wrong:
        told = f"line {wrong.mistake.line}: it is no YAML with names and values; write it as docs/promises.md shows"
    except (OSError, UnicodeDecodeError) as error:
        told = f"it cannot be read ({type(error).__name__}); mend its place, its mode and its text"
    raise Refusal(step, Reason.REQUEST, told)


class YamlFile:
    """A YAML file with the line of each value. Raises Wrong where it is not a mapping of names to values."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        wrong: Wrong | None = None
        loaded: Any = None
        try:
            loader = yaml.SafeLoader(text)
            self._root = loader.get_single_node()
            self._look_for_doubles(self._root, set())
            loaded = loader.construct_document(self._root) if self._root else None
        except yaml.YAMLError as error:
            wrong = Wrong(
                name,
                _line_of(error, text),
                f"not valid YAML: {getattr(error, 'problem', None) or 'unreadable'}; mend it",
            )
        except ValueError:
            wrong = Wrong(
                name, self._line_of_no_value(), "this date or number does not exist; mend it, or put quotes around it"
            )
        except RecursionError:
            wrong = Wrong(name, 1, "values stand too deep inside each other; write it as the shipped sites do")
        if wrong is None and not isinstance(loaded, dict):
            wrong = Wrong(name, 1, "the file is empty or no mapping; write names with values, as the shipped sites do")
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
                    raise Wrong(self.name, key.start_mark.line + 1, f"{key.value}: the key stands twice; keep one")
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


def validated(kind: Any, value: Any, file: YamlFile, parts: Mapping[str, YamlFile] = MappingProxyType({})) -> Any:
    """The value as `kind`, or every mistake in it. `parts`: the files in which some of its keys stand, where not in `file`."""
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
    return [mistake_at(place, sentence, file, parts) for place, sentence in found.items()] or checked


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


def mistake_at(place: tuple[int | str, ...], sentence: str, file: YamlFile, parts: Mapping[str, YamlFile]) -> Mistake:
    """A mistake at a place, with its file and line."""
    told = f"{'.'.join(map(str, place)) or 'file'}: {sentence}"
    word = re.match(r"the (?:topic|prefix|ad subject) (.+) (?:stands twice|always exists)", sentence)
    if "topics" in parts and not place and word:
        return Mistake(parts["topics"].name, parts["topics"].last_line_of(word[1]), sentence)
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
