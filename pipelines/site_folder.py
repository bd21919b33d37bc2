"""A site folder as frozen settings, and every mistake in it with file, line and remedy. The only reader of its YAML."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from anonymizers.contract import Sources
from anonymizers.refusal import Reason, Refusal
from anonymizers.site import Site

SITE, SOURCES, TOPICS = "site.yaml", "sources.yaml", "topics.yaml"


@dataclass(frozen=True)
class SiteFolder:
    """What a site folder says."""

    site: Site
    sources: Sources


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
    return [] if isinstance(found, SiteFolder) else found


def _read(folder: Path) -> SiteFolder | list[Mistake]:
    files, wrong = {}, []
    for name in (SITE, SOURCES, TOPICS):
        try:
            files[name] = _File(name, (folder / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            wrong.append(Mistake(name, 1, f"the file is missing in {folder}; copy it from a shipped site and adapt it"))
        except UnicodeDecodeError:
            wrong.append(Mistake(name, 1, "the file is not UTF-8; save it as UTF-8"))
        except yaml.YAMLError as error:
            wrong.append(_not_yaml(name, error))
    if wrong:
        return wrong
    site_file, topics_file = files[SITE], files[TOPICS]
    odd = [key for key in topics_file.value if key != "topics"]
    if odd or "topics" not in topics_file.value:
        return [
            Mistake(
                TOPICS, topics_file.line((odd[0],) if odd else ()), "write the one key `topics` with a list below it"
            )
        ]
    site = _validated(Site, {**site_file.value, "topics": topics_file.value["topics"]}, site_file, topics_file)
    sources = _validated(Sources, files[SOURCES].value, files[SOURCES])
    if isinstance(site, Site) and isinstance(sources, Sources):
        return SiteFolder(site, sources)
    return [mistake for part in (site, sources) if isinstance(part, list) for mistake in part]


class _File:
    """A YAML file with the line of each value."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self._root = yaml.compose(text, Loader=yaml.SafeLoader)
        loaded = yaml.safe_load(text)
        if not isinstance(loaded, dict):
            raise yaml.MarkedYAMLError(problem="it must be a mapping of names to values")
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


def _below(node: yaml.Node | None, step: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line + 1, node.value[step]
    return None


def _validated(kind: Any, value: Any, file: _File, topics_file: _File | None = None) -> Any:
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        found = []
        for detail in error.errors(include_url=False, include_input=False, include_context=False):
            place = [step for step in detail["loc"] if step != "[key]"]
            where = topics_file if topics_file and place[:1] == ["topics"] else file
            sentence = detail["msg"].removeprefix("Value error, ")
            found.append(Mistake(where.name, where.line(place), f"{'.'.join(map(str, place)) or 'file'}: {sentence}"))
        return found


def _not_yaml(name: str, error: yaml.YAMLError) -> Mistake:
    mark = getattr(error, "problem_mark", None)
    return Mistake(
        name, mark.line + 1 if mark else 1, f"not valid YAML: {getattr(error, 'problem', None) or 'unreadable'}"
    )
