"""A site folder as frozen settings, and every mistake in it with file, line and remedy. The only reader of its YAML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

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
from pipelines.yaml_file import NO_SUCH_KEY, Mistake, Wrong, YamlFile, mistake_at, validated

SITE, SOURCES, TOPICS, SEGMENTS = "site.yaml", "sources.yaml", "topics.yaml", "segments.yaml"
BOUNDS, PARTNERS = "bounds.yaml", "partners.yaml"
_KEYS_OF = {TOPICS: ("topics",), SEGMENTS: ("segments", "sensitive"), BOUNDS: ("daily", "weekly")}
"""The files that hold a part of the site, and its keys in them; the first one has to be there."""
_KEYS = {
    TOPICS: "write the one key `topics` with a list below it, and nothing else",
    SEGMENTS: "write the key `segments` with a list below it, if need be `sensitive` with another, and nothing else",
    BOUNDS: "write the keys `daily` and `weekly`, and nothing else, or let koond tune --write do it",
}
_NO_SUCH_SEGMENT = "the site has no such segment; choose from segments.yaml"


@dataclass(frozen=True)
class SiteFolder:
    """What a site folder says."""

    site: Site
    sources: Sources
    partners: Partners = field(default_factory=Partners)


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
        mistake_at(place, "there is no such file here; mend its place", YamlFile(PARTNERS, _text(folder, PARTNERS)), {})
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
    files: dict[str, YamlFile] = {}
    wrong: list[Mistake] = []
    for name in (SITE, SOURCES, TOPICS, SEGMENTS, BOUNDS, PARTNERS):
        try:
            files[name] = YamlFile(name, _text(folder, name) if tuned or name != BOUNDS else _no_bounds(files))
        except Wrong as mistake:
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
        Mistake(SITE, files[SITE].line((key,)), f"{key}: {NO_SUCH_KEY}")
        for key in ("policies",)
        if key in files[SITE].value
    ]
    found = {key: part.value[key] for key, part in parts.items() if key in part.value}
    value = {**files[SITE].value, "topics": (), **found, "rehearsal": rehearsal}
    site = validated(Site, value, files[SITE], parts)
    sources = validated(Sources, files[SOURCES].value, files[SOURCES])
    partners = validated(Partners, files[PARTNERS].value, files[PARTNERS])
    if isinstance(site, Site) and isinstance(partners, Partners):
        odd += [
            mistake_at(("partners", number, "segments", place), _NO_SUCH_SEGMENT, files[PARTNERS], {})
            for number, place in unknown_segments(partners, site)
        ]
    if isinstance(site, Site) and isinstance(sources, Sources) and isinstance(partners, Partners) and not odd:
        return SiteFolder(site, sources, partners)
    return odd + [mistake for part in (site, sources, partners) if isinstance(part, list) for mistake in part]


def _no_bounds(files: Mapping[str, "YamlFile"]) -> str:
    actions = files[SITE].value.get("actions", ACTIONS) if SITE in files else ACTIONS
    return yaml.safe_dump(
        untuned([str(action) for action in actions] if isinstance(actions, list | tuple) else ACTIONS)
    )


def _odd_keys(file: "YamlFile") -> list[Mistake]:
    keys = _KEYS_OF[file.name]
    odd = [Mistake(file.name, file.line((key,)), _KEYS[file.name]) for key in file.value if key not in keys]
    return odd if keys[0] in file.value else [*odd, Mistake(file.name, 1, _KEYS[file.name])]


def _text(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        if name in (SEGMENTS, PARTNERS):
            return f"{name.removesuffix('.yaml')}: []"
        remedy = "koond tune --write writes it" if name == BOUNDS else "copy it from a shipped site and adapt it"
        wrong = Wrong(name, 1, f"the file is missing in {folder}; {remedy}")
    except UnicodeDecodeError as error:
        wrong = Wrong(name, error.object[: error.start].count(b"\n") + 1, "the file is not UTF-8; save it as UTF-8")
    except OSError as error:
        wrong = Wrong(name, 1, f"the file cannot be read ({type(error).__name__}); mend its place and its mode")
    raise wrong
