"""The gate: may this candidate leave? A pure function of the candidate and the evidence about it.

It stands inside the release asset and again in the writer of the published store; the checks in the UI are its visible
copy. Fail closed: what is not proved good is refused.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from anonymizers.counting.draw import Draw
from anonymizers.counting.plan import plan
from anonymizers.counting.statistic import STATISTICS, Statistic, vocabulary
from anonymizers.estimating.estimate import NoisyTable, estimate
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.checks import rehearsal_of
from anonymizers.releasing.containers import read_csv, read_parquet
from anonymizers.releasing.edition import Edition
from anonymizers.releasing.release import Release, compose, files
from anonymizers.releasing.rules import NO_ATTACK
from anonymizers.releasing.verify import outside_intervals
from anonymizers.searching.leak_scan import LeakReport
from anonymizers.searching.second_net import Suspicion, suspicions
from anonymizers.site import Site


@dataclass(frozen=True)
class Evidence:
    """All that the gate judges by, beside the candidate."""

    site: Site
    edition: Edition
    draws: Mapping[str, Draw]
    """Part -> what the mechanisms gave for this release, from the ledger."""
    caveats: tuple[str, ...]
    """The sentences on what is not protected, as `compose` got them."""
    must_search: Mapping[str, Sequence[str]]
    """Raw table -> its columns that the contracts open to the leak scan."""
    leak_report: LeakReport


@dataclass(frozen=True)
class Cleared:
    """A candidate with the evidence that clears it, for the writer of the published store, which judges once more."""

    candidate: Release
    evidence: Evidence


@dataclass(frozen=True)
class Verdict:
    """One check's outcome; `found` counts what is wrong, `sentence` names file, column and remedy, never a value."""

    check: str
    found: int
    sentence: str

    @property
    def passed(self) -> bool:
        """Whether the check found nothing wrong."""
        return self.found == 0


def examine(candidate: Release, evidence: Evidence) -> tuple[Verdict, ...]:
    """Every check's verdict, in the order of `CHECKS`. A check that cannot be made has failed."""
    return tuple(_verdict(name, check, candidate, evidence) for name, check in CHECKS.items())


def admit(candidate: Release, evidence: Evidence) -> Release:
    """The candidate itself if every check passes; else raises Refusal with the first failed sentence."""
    failed = [verdict for verdict in examine(candidate, evidence) if not verdict.passed]
    if failed:
        names = ", ".join(verdict.check for verdict in failed)
        raise Refusal(candidate.name, Reason.GATE, f"{names}: {failed[0].sentence}")
    return candidate


def _verdict(name: str, check: "Check", candidate: Release, evidence: Evidence) -> Verdict:
    try:
        wrong = check(candidate, evidence)
    except Exception:  # an unreadable candidate must not pass, nor its message get out
        wrong = ["the check could not be made; look at the candidate in the restricted store"]
    return Verdict(name, len(wrong), wrong[0] if wrong else _all_well(name, evidence.site))


def _all_well(name: str, site: Site) -> str:
    """What is told of a check that found nothing: that there was no attack to judge, where that is why."""
    rehearsal = rehearsal_of(site) if name == NO_ATTACK else None
    return rehearsal if isinstance(rehearsal, str) else "nothing found"


Check = Callable[[Release, Evidence], Sequence[str]]


def _only_known_files(candidate: Release, evidence: Evidence) -> Sequence[str]:
    odd = set(candidate.files) ^ set(files(evidence.edition.window))
    return [f"{len(odd)} file(s) too many or too few; compose the release anew"] if odd else []


def _only_declared_columns(candidate: Release, evidence: Evidence) -> Sequence[str]:
    statistics = STATISTICS[evidence.edition.window]
    wrong = [
        f"{statistic.name}.parquet has other columns or types than declared; only a Statistic's schema may be published"
        for statistic in statistics
        if not _parquet(candidate, statistic).schema.equals(statistic.schema(), check_metadata=False)
        or _parquet(candidate, statistic).schema.metadata
    ]
    return wrong + [
        f"{statistic.name}.csv.gz differs from {statistic.name}.parquet; compose the release anew"
        for statistic in statistics
        if read_csv(candidate.files[f"{statistic.name}.csv.gz"], statistic.schema()).to_pylist()
        != _parquet(candidate, statistic).to_pylist()
    ]


def _only_vocabulary(candidate: Release, evidence: Evidence) -> Sequence[str]:
    words = vocabulary(evidence.site, evidence.edition.window)
    wrong = []
    for statistic in STATISTICS[evidence.edition.window]:
        rows, period = _parquet(candidate, statistic), statistic.schema().names[0]
        for column in rows.column_names:
            allowed = {evidence.edition.period} if column == period else set(words.get(column, ()))
            number = pa.types.is_integer(rows.schema.field(column).type) and column not in words
            outside = 0 if number else sum(1 for value in rows[column].to_pylist() if value not in allowed)
            wrong += [f"{statistic.name}.{column} holds a value outside its closed list; mend the strip"] * outside
    return wrong


def _only_ordered_intervals(candidate: Release, evidence: Evidence) -> Sequence[str]:
    wrong = []
    for statistic in STATISTICS[evidence.edition.window]:
        found = outside_intervals(_parquet(candidate, statistic))
        wrong += [
            f"{statistic.name}.{metric} is negative or lies outside its interval; mend the estimate"
            for metric, count in found.items()
            for _ in range(count)
        ]
    return wrong


def _only_numbers_from_mechanisms(candidate: Release, evidence: Evidence) -> Sequence[str]:
    spent, edition = plan(evidence.site, evidence.edition.window), evidence.edition
    parts = {statistic.part for statistic in spent.statistics}
    fitting = {
        part
        for part, draw in evidence.draws.items()
        if (draw.release, draw.plan, draw.part) == (edition.release, spent.digest, part)
    }
    if parts - fitting:
        return [
            f"{len(parts - fitting)} part(s) of the release were not drawn for it under this site folder; "
            "run the statistics again, or restore the site folder"
        ]
    return [
        f"{table.statistic.name} holds numbers that do not follow from the ledger's draws; compose the release anew"
        for table in estimate(spent, evidence.site, edition.period, evidence.draws)
        if _parquet(candidate, table.statistic).to_pylist() != table.rows.to_pylist()
    ]


def _only_what_it_may_cost(candidate: Release, evidence: Evidence) -> Sequence[str]:
    spent = plan(evidence.site, evidence.edition.window)
    if spent.epsilon <= evidence.site.budget.epsilon:
        return []
    return ["the release would cost more than its budget; a bound and its noise do not fit together: run koond check"]


def _only_what_the_site_says(candidate: Release, evidence: Evidence) -> Sequence[str]:
    site, edition = evidence.site, evidence.edition
    tables = [NoisyTable(statistic, _parquet(candidate, statistic)) for statistic in STATISTICS[edition.window]]
    expected = compose(site, edition, tables, evidence.caveats, evidence.must_search)
    return [
        f"{name} holds bytes that do not follow from the site folder and the tables; compose the release anew"
        for name in files(edition.window)
        if candidate.files.get(name) != expected.files[name] or candidate.name != expected.name
    ]


def _nothing_personal(candidate: Release, evidence: Evidence) -> Sequence[str]:
    report = evidence.leak_report
    if report.candidate != candidate.digest:
        return ["the leak scan searched another candidate; run leak_scan and published_release together"]
    missed = {f"{table}.{column}" for table, columns in evidence.must_search.items() for column in columns} - set(
        report.searched
    )
    if missed:
        return [f"the leak scan left out {len(missed)} personal column(s); run leak_scan again"]
    return [
        f"{hits} value(s) of {column} stand in the candidate; do not publish, mend the strip"
        for column, hits in report.hits.items()
    ]


def _nothing_that_looks_personal(candidate: Release, evidence: Evidence) -> Sequence[str]:
    return [
        f"a published string looks like a {suspicion.kind} ({suspicion.place}); mend the site folder or the strip"
        for suspicion in suspicions_of(candidate, evidence.site, evidence.edition)
    ]


def suspicions_of(release: Release, site: Site, edition: Edition) -> Sequence[Suspicion]:
    """Every published string of a release that looks personal."""
    return suspicions(release.files, known=files(edition.window), declared=(site.policy.url,))


def _no_attack_succeeded(candidate: Release, evidence: Evidence) -> Sequence[str]:
    rehearsal = rehearsal_of(evidence.site)
    return [
        f"{result.attack} succeeded in the rehearsal, or failed where protection was off; mend what let it through, "
        "then run koond rehearse again"
        for result in (() if isinstance(rehearsal, str) else rehearsal.results)
        if not result.good
    ]


CHECKS: Mapping[str, Check] = {
    "only_known_files": _only_known_files,
    "only_declared_columns": _only_declared_columns,
    "only_vocabulary": _only_vocabulary,
    "only_ordered_intervals": _only_ordered_intervals,
    "only_numbers_from_mechanisms": _only_numbers_from_mechanisms,
    "only_what_it_may_cost": _only_what_it_may_cost,
    "only_what_the_site_says": _only_what_the_site_says,
    "nothing_personal": _nothing_personal,
    "nothing_that_looks_personal": _nothing_that_looks_personal,
    "no_attack_succeeded": _no_attack_succeeded,
}
"""What every candidate must pass, by name; what each asks for, in words: `rules.py`."""


def _parquet(candidate: Release, statistic: Statistic) -> pa.Table:
    return read_parquet(candidate.files[f"{statistic.name}.parquet"])
