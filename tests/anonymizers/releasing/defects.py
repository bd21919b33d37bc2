"""Candidates with one defect each, by day and by week, and the checks of the gate that must find it."""

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pyarrow as pa

from anonymizers.counting.draw import Draw
from anonymizers.releasing.containers import csv_bytes, parquet_bytes
from anonymizers.releasing.describe import as_json
from anonymizers.releasing.edition import daily_edition, weekly_edition
from anonymizers.releasing.gate import CHECKS, Evidence
from anonymizers.releasing.release import Release, caveats, compose
from anonymizers.searching.leak_scan import must_search
from anonymizers.site import Site
from anonymizers.vocabulary import DAY
from tests.anonymizers.releasing.candidates import (
    EDITIONS,
    TOPICS,
    as_parquet,
    changed,
    draws_of,
    evidence_of,
    rehearsed,
    tables_of,
    week_of,
    with_column,
    with_value,
)  # fmt: skip

MARI = "Mari Maasikas"
Case = tuple[Release, Evidence]
SITE, COLUMNS, WORDS, ORDERED, NUMBERS, COST, FILES_CHECK, PERSONAL, ADDRESS, ATTACK = (
    "only_what_the_site_says", "only_declared_columns", "only_vocabulary", "only_ordered_intervals",
    "only_numbers_from_mechanisms", "only_what_it_may_cost", "only_known_files", "nothing_personal",
    "nothing_that_looks_personal", "no_attack_succeeded",
)  # fmt: skip


def dearer(site: Site, window: str) -> Site:
    """The site with one other norm in bounds.yaml: the same budget, another plan."""
    name = "daily" if window == DAY else "weekly"
    bounds = getattr(site, name)
    other = replace(bounds.segments, visitors=replace(bounds.segments.visitors, norm=1.5))
    return replace(site, **{name: replace(bounds, segments=other)})


class Bench:
    """Makes defective cases out of one good one, each with a scan of its own bytes."""

    def __init__(self, site, sources, edition) -> None:
        self.site, self.sources, self.edition = site, sources, edition
        self.draws = draws_of(site, edition)
        self.made = tables_of(site, edition, self.draws)
        self.name = TOPICS[edition.window]
        self.topics = next(table.rows for table in self.made if table.statistic.name == self.name)
        self.good = self.case(self.made)

    def composed(self, made, *, site: Site | None = None, edition=None, told: tuple[str, ...] | None = None) -> Release:
        """The release of these tables, by default of the bench's own site and edition."""
        told = caveats(self.sources) if told is None else told
        return compose(site or self.site, edition or self.edition, made, told, must_search(self.sources))

    def case(self, made, *, site: Site | None = None, draws: Mapping[str, Draw] | None = None) -> Case:
        """A candidate of these tables, judged by the site folder and the ledger's draws."""
        candidate = self.composed(made, site=site)
        draws = self.draws if draws is None else draws
        return candidate, evidence_of(candidate, site or self.site, self.sources, self.edition, draws)

    def judged(self, **evidence: object) -> Case:
        """The good candidate, judged by other evidence."""
        return self.good[0], replace(self.good[1], **evidence)

    def drawn(self, draws: Mapping[str, Draw]) -> Case:
        """The good candidate, judged by other draws."""
        return self.judged(draws=draws)

    def files(self, **put: bytes | None) -> Case:
        """The good case with some files replaced (`__` is a dot, `TABLE` the table of topics) or, if None, left out."""
        candidate, evidence = self.good
        named = {name.replace("__", ".").replace("TABLE", self.name): content for name, content in put.items()}
        files = {**candidate.files, **named}
        for name, good in candidate.files.items():
            # A digest of no file in the release looks like a key; so that one defect is one, digests follow their files.
            old, new = (sha256(content or b"").hexdigest().encode() for content in (good, files[name]))
            files = {other: content and content.replace(old, new) for other, content in files.items()}
        return self.scanned(replace(candidate, files={k: v for k, v in files.items() if v is not None}), evidence)

    def rows(self, topics: pa.Table, table: str = "") -> Case:
        """A case in which the rows of one table are these, and all else is composed as for them."""
        return self.case(changed(self.made, table or self.name, topics))

    def scanned(self, candidate: Release, evidence: Evidence) -> Case:
        return candidate, replace(evidence, leak_report=replace(evidence.leak_report, candidate=candidate.digest))

    def report(self, **changes: object) -> Case:
        """The good case with another report of the scan."""
        return self.judged(leak_report=replace(self.good[1].leak_report, **changes))

    def bytes(self, name: str, change: Callable[[bytes], bytes]) -> Case:
        """The good case with one file's bytes changed."""
        return self.files(**{name: change(self.good[0].files[name.replace("__", ".").replace("TABLE", self.name)])})

    def rehearsed(self, **changes: object) -> Case:
        """A case of a site folder that holds a rehearsal, with some figures of its first attack changed."""
        return self.case(self.made, site=rehearsed(self.site, **changes))

    def caveat(self, text: str) -> Case:
        """A case whose site folder itself brings a text into the release."""
        candidate = self.composed(self.made, told=(text,))
        told = evidence_of(candidate, self.site, self.sources, self.edition, self.draws)
        return candidate, replace(told, caveats=(text,))

    def other_period(self) -> Case:
        """A candidate of the day or week after, with numbers drawn for this one."""
        day = self.edition.days[0] + timedelta(days=1)
        other = weekly_edition("2026-W48", self.edition.days) if week_of(self.edition) else daily_edition(day)
        candidate = self.composed(tables_of(self.site, other, self.draws), edition=other)
        return self.scanned(candidate, self.good[1])

    def other_window(self) -> Case:
        """A good candidate of the other window, in the place of this one."""
        other = next(edition for edition in EDITIONS if edition.window != self.edition.window)
        made = tables_of(self.site, other, draws_of(self.site, other))
        return self.scanned(self.composed(made, edition=other), self.good[1])

    def other_draw(self) -> Case:
        """A candidate from numbers that were drawn as well, but are not in the ledger."""
        made = tables_of(self.site, self.edition, draws_of(self.site, self.edition, start=3001))
        return self.scanned(self.composed(made), self.good[1])

    def other_bounds(self) -> Case:
        """bounds.yaml was changed between the draw and the candidate."""
        site = dearer(self.site, self.edition.window)
        return self.case(tables_of(site, self.edition, self.draws), site=site)

    def from_all(self, **changes: object) -> dict[str, Draw]:
        """The draws, each with some fields replaced."""
        return {part: replace(draw, **changes) for part, draw in self.draws.items()}


def moved(bench: Bench, column: str, by: int = 1) -> pa.Table:
    """The topics with the first number of a column changed."""
    return with_value(bench.topics, column, 0, bench.topics[column].to_pylist()[0] + by)


def named(bench: Bench) -> pa.Table:
    return bench.topics.append_column(MARI, bench.topics["visitors"])


def renamed(bench: Bench) -> pa.Table:
    return with_value(bench.topics, "topic", 0, MARI)


def at_another_time(bench: Bench) -> pa.Table:
    period = bench.topics.column_names[0]
    later = "2026-W48" if week_of(bench.edition) else bench.edition.days[0] + timedelta(days=1)
    return with_column(bench.topics, period, [later] * bench.topics.num_rows)


def as_type(bench: Bench, column: str, kind: pa.DataType) -> pa.Table:
    return with_column(bench.topics, column, bench.topics[column].to_pylist(), kind)


def as_words(bench: Bench) -> pa.Table:
    """Arrow's message on reading it as numbers quotes the value."""
    return with_column(bench.topics, "visitors", [MARI] * bench.topics.num_rows, pa.string())


def one_row_more(bench: Bench) -> pa.Table:
    return pa.concat_tables([bench.topics, bench.topics.slice(3, 1)])


def in_other_order(bench: Bench) -> pa.Table:
    return bench.topics.take(list(reversed(range(bench.topics.num_rows))))


def at_the_end_of_the_pages(content: bytes) -> bytes:
    """A word that no page and no footer speaks of."""
    end = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    return content[:end] + MARI.encode() + content[end:]


def with_name(content: bytes) -> bytes:
    """A gzip file that tells the name of what it was made from (RFC 1952)."""
    return content[:3] + b"\x08" + content[4:10] + MARI.encode() + b"\0" + content[10:]


def loose(bench: Bench) -> pa.Table:
    """The rows, of which a number might be empty."""
    place = bench.topics.column_names.index("visitors")
    return bench.topics.set_column(
        place, bench.topics.schema.field(place).with_nullable(True), bench.topics["visitors"]
    )


def without(check: str, content: bytes) -> bytes:
    """checks.json without one of the checks."""
    return as_json([entry for entry in json.loads(content) if entry["check"] != check])


def fewer(bench: Bench) -> tuple[str, ...]:
    return bench.good[1].leak_report.searched[1:]


DEFECTS: Mapping[str, tuple[set[str], Callable[[Bench], Case]]] = {
    "an extra file": ({FILES_CHECK}, lambda b: b.files(notes__txt=b"hello")),
    "a table of no declared name": ({FILES_CHECK}, lambda b: b.files(people__parquet=parquet_bytes(b.topics))),
    "a missing text": ({FILES_CHECK, SITE}, lambda b: b.files(README__md=None)),
    "a missing table": ({FILES_CHECK, COLUMNS, SITE}, lambda b: b.files(TABLE__csv__gz=None)),
    "a release of the other window": (set(CHECKS) - {COST, PERSONAL, ADDRESS, ATTACK}, lambda b: b.other_window()),
    "a column twice": ({COLUMNS, NUMBERS}, lambda b: b.rows(b.topics.append_column("twice", b.topics["visitors"]))),
    "a column that may be empty": ({COLUMNS}, lambda b: b.rows(loose(b))),
    "a narrower type": (
        {COLUMNS, SITE}, lambda b: b.files(TABLE__parquet=as_parquet(as_type(b, "visitors", pa.int32()), store_schema=False))
    ),
    "a number as a fraction": (
        {COLUMNS, WORDS, SITE},
        lambda b: b.files(TABLE__parquet=as_parquet(as_type(b, "visitors", pa.float64()), store_schema=False)),
    ),
    "notes in a table's metadata": (
        {COLUMNS, SITE, ADDRESS},
        lambda b: b.files(TABLE__parquet=as_parquet(b.topics.replace_schema_metadata({"pandas": MARI}))),
    ),
    "Arrow's own schema, which nobody can read": ({ADDRESS, SITE}, lambda b: b.files(TABLE__parquet=as_parquet(b.topics))),
    "a dictionary and statistics": ({SITE}, lambda b: b.files(TABLE__parquet=as_parquet(b.topics, store_schema=False))),
    "another author in a footer": (
        {SITE}, lambda b: b.bytes("TABLE__parquet", lambda content: content.replace(b"koond version", b"Mari! version"))
    ),
    "a word between pages and footer": ({SITE}, lambda b: b.bytes("TABLE__parquet", at_the_end_of_the_pages)),
    "a name in the head of a compressed file": ({COLUMNS, SITE}, lambda b: b.bytes("TABLE__csv__gz", with_name)),
    "a time in the head of a compressed file": (
        {COLUMNS, SITE}, lambda b: b.bytes("TABLE__csv__gz", lambda content: content[:4] + b"Mari" + content[8:])
    ),
    "a text behind a compressed file": (
        {COLUMNS, SITE}, lambda b: b.bytes("TABLE__csv__gz", lambda content: content + gzip.compress(MARI.encode()))
    ),
    "a CSV that says less": ({COLUMNS, SITE}, lambda b: b.files(TABLE__csv__gz=csv_bytes(b.topics.slice(1)))),
    "a word outside the closed list": ({WORDS, NUMBERS}, lambda b: b.rows(renamed(b))),
    "another period in a row": ({WORDS, NUMBERS}, lambda b: b.rows(at_another_time(b))),
    "the release of another period": ({WORDS, NUMBERS, SITE}, lambda b: b.other_period()),
    "a number changed by one": ({NUMBERS}, lambda b: b.rows(moved(b, "visitors"))),
    "a number outside its interval": ({ORDERED, NUMBERS}, lambda b: b.rows(moved(b, "visitors", 1_000_000))),
    "a number below nothing": ({ORDERED, NUMBERS}, lambda b: b.rows(moved(b, "visitors_low", -1_000_000))),
    "the end of an interval changed": ({NUMBERS}, lambda b: b.rows(moved(b, "visitors_low", -1))),
    "a row added": ({NUMBERS}, lambda b: b.rows(one_row_more(b))),
    "a row left out": ({NUMBERS}, lambda b: b.rows(b.topics.slice(1))),
    "all rows left out": ({NUMBERS}, lambda b: b.rows(b.topics.slice(0, 0))),
    "rows in another order": ({NUMBERS}, lambda b: b.rows(in_other_order(b))),
    "rows of another draw": ({NUMBERS}, lambda b: b.other_draw()),
    "no draw at all": ({NUMBERS}, lambda b: b.drawn({})),
    "a part that was not drawn": (
        {NUMBERS}, lambda b: b.drawn({part: draw for part, draw in b.draws.items() if part != "events"})
    ),
    "a draw of another release": (
        {NUMBERS}, lambda b: b.drawn(b.from_all(release="daily/date=2026-11-19"))
    ),
    "a draw of the revision before": (
        {NUMBERS}, lambda b: b.drawn(b.from_all(release=f"{b.edition.release}.r2"))
    ),
    "a draw of another part": ({NUMBERS}, lambda b: b.drawn(b.from_all(part="others"))),
    "a draw of another plan": ({NUMBERS}, lambda b: b.drawn(b.from_all(plan="0" * 64))),
    "bounds changed after the draw": ({NUMBERS}, lambda b: b.other_bounds()),
    "bounds changed after the candidate": (
        {NUMBERS, SITE}, lambda b: b.judged(site=dearer(b.site, b.edition.window))
    ),
    "an extra word in the README": (
        {SITE}, lambda b: b.files(README__md=b.good[0].files["README.md"] + b"Hello.\n")
    ),
    "a smaller loss than was spent": (
        {SITE}, lambda b: b.files(privacy__json=b.good[0].files["privacy.json"].replace(b"0.99", b"0.19"))
    ),
    "a better figure in checks.json": (
        {SITE}, lambda b: b.bytes("checks__json", lambda content: content.replace(b'"value": 0.99', b'"value": 0.19'))
    ),
    "a column that checks.json leaves out": (
        {SITE}, lambda b: b.bytes("checks__json", lambda content: content.replace(b'"registrations.name",', b""))
    ),
    "a check that checks.json leaves out": (
        {SITE}, lambda b: b.bytes("checks__json", lambda content: without("A1", content))
    ),
    "an attack that succeeded": ({ATTACK}, lambda b: b.rehearsed(value=1.5)),
    "an attack that fails even without protection": ({ATTACK}, lambda b: b.rehearsed(control_value=0.6)),
    "a rehearsal after the candidate": ({SITE}, lambda b: b.judged(site=rehearsed(b.site))),
    "another description of a segment": (
        {SITE}, lambda b: b.files(segments__json=b.good[0].files["segments.json"].replace(b"solar", b"Mari"))
    ),
    "a mark that is not empty": ({SITE}, lambda b: b.files(_SUCCESS=b"\n")),
    "a caveat left out": ({SITE}, lambda b: b.judged(caveats=("Consent is not recorded.",))),
    "another name": ({SITE}, lambda b: b.scanned(replace(b.good[0], name=f"{b.good[0].name}.r2"), b.good[1])),
    "a scan of another candidate": ({PERSONAL}, lambda b: b.report(candidate="0" * 64)),
    "a scan that left out a column": ({PERSONAL}, lambda b: b.report(searched=fewer(b))),
    "a scan that searched nothing": ({PERSONAL}, lambda b: b.report(searched=())),
    "a scan with a hit": ({PERSONAL}, lambda b: b.report(hits={"registrations.name": 1})),
    "an IP address": ({ADDRESS}, lambda b: b.caveat("Seen from 192.168.17.4 at night")),
    "an IP address that ends a sentence": ({ADDRESS}, lambda b: b.caveat("Seen at night from 192.168.17.4.")),
    "an e-mail": ({ADDRESS}, lambda b: b.caveat("Ask mari.maasikas+k@naide.ee about it")),
    "an isikukood": ({ADDRESS}, lambda b: b.caveat("Known as 38101010009.")),
    "an e-mail in base64": ({ADDRESS}, lambda b: b.caveat("See bWFyaS5tYWFzaWthc0BuYWlkZS5lZQ== about it")),
    "a telephone number": ({ADDRESS}, lambda b: b.caveat("Call +372 5123 4567 about it")),
    "a bank account": ({ADDRESS}, lambda b: b.caveat("Pay to EE38 2200 2210 2014 5685 for it")),
    "a session": ({ADDRESS}, lambda b: b.caveat("Seen in 8f14e45f-ceea-467f-a0e6-1f3c9f0b7d1e at night")),
    "a digest of no file": ({ADDRESS}, lambda b: b.caveat("Of " + sha256(MARI.encode()).hexdigest())),
    "a metering point with hyphens": ({ADDRESS}, lambda b: b.caveat("Measured at 38ZEE-00260111-N")),
    "a metering point without hyphens": ({ADDRESS}, lambda b: b.caveat("Measured at 38ZGO1000000001X")),
}  # fmt: skip
