"""All promises together: sixty nights in which people join, consent, object, correct and leave, beside an oracle that knows
who may be in which output. Small in people and days, so that every night can run; as long in changes as a year."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import dagster as dg
import pyarrow.parquet as pq
import pytest
import yaml

from anonymizers.counting.measure import cells_of
from anonymizers.counting.plan import Plan, plan
from anonymizers.releasing.edition import daily_base
from anonymizers.releasing.release import SUCCESS
from anonymizers.searching.marks import find
from anonymizers.vocabulary import DAY as DAILY
from pipelines.definitions import build_defs
from pipelines.jobs import NIGHT
from pipelines.mailing_records import MailingRecordStore
from pipelines.night import instance
from pipelines.own_use_stores import OwnUseIOManager
from pipelines.retention import stores_of_a_run
from pipelines.week_keys import WeekKeyStore
from tests.promises.lives import MOODS, Lives, string
from tests.promises.oracle import Oracle, days_kept
from tests.promises.strangers import with_opt_outs, with_strings
from tests.promises.test_p2_objection import office
from tests.worlds import World

FIRST, NIGHTS, SEED = date(2026, 9, 21), 60, 1
WHOLE = 20
"""Every so many nights the release is made too; the others end with what is drawn."""
DRAWN = (
    "set_aside_rows", "suppressions", "stripped_events", "daily_statistics", "registration_statistics",
    "mailing_list", "server_diagnostics", "retention",
)  # fmt: skip
EVERYTHING = {
    "joined", "registered", "consent changed", "GPC", "cookie changed", "objected by account", "objected by cookie",
    "objected in the table", "opted in or out", "unsubscribed", "corrected on request", "corrected in the table", "left",
    "left by cookie",
}  # fmt: skip
NAME = re.compile(r"kypsis-\d+-.|konto-\d+")


class Year:
    """A world, its people, its oracle, and the nights that run over it under a clock of their own."""

    def __init__(self, root: Path) -> None:
        self.world = with_strings(with_opt_outs(World(root, day=FIRST), {}))
        self.lives, self.oracle = Lives(Random(SEED)), Oracle()
        self.site = self.world.settings
        self.spent: Plan = plan(self.site, DAILY)
        site, home = self.world.settings, self.world.home
        keys = WeekKeyStore(home, self.world.ledger, site.first_day)
        clock = {
            "own_use_io_manager": OwnUseIOManager(home, site.retention, self.today),
            "stores": stores_of_a_run(home, site, keys, self.today),
        }
        made = build_defs(self.world.site, home, resources=self.world.resources | clock)
        self.job, self.office, self.ledger = made.resolve_job_def(NIGHT), office(self.world), self.world.ledger

    def today(self) -> date:
        """Where the nights are: the morning after the day."""
        return self.world.day + timedelta(days=1)

    def live(self, opened: dg.DagsterInstance, day: date, *, whole: bool) -> Iterator[tuple[str, Any, Any]]:
        """A day, its night, and what waits after it; gives output, what the oracle says, and what stands in it."""
        lives, oracle, world = self.lives, self.oracle, self.world
        lives.live(day)
        self._unsubscribe()
        for asked in lives.asked:
            if asked.waits:
                oracle.hear(asked.request)
                wish = {"request": asked.request.request, "wish": str(asked.request.wish)}
                names = {name: list(getattr(asked.request, name)) for name in ("accounts", "cookies", "values")}
                path = world.home.restricted("requests") / f"{asked.request.request}.yaml"
                path.write_text(yaml.safe_dump(wish | names))
            else:
                self.office.carry_out(asked.request)
                oracle.carry_out(asked.request)
        self._write(day)
        keys = None if whole else [dg.AssetKey(name) for name in DRAWN]
        result = self.job.execute_in_process(partition_key=day.isoformat(), instance=opened, asset_selection=keys)
        assert result.success
        objecting = [account for account, said in lives.objections().items() if said == "yes"]
        oracle.see(day, world.page_views, world.ad_events, objecting)
        oracle.write_to(world.registrations, objecting)
        yield from self._compared(oracle.may_stand(day), self._stands(day))
        yield (
            "registrations",
            sum(day == lives.accounts[row["account_id"]] for row in world.registrations),
            self._joined(),
        )
        self.office.carry_out_waiting()
        for asked in lives.asked:
            oracle.carry_out(asked.request) if asked.waits else None
        for each in sorted(oracle.stripped) if lives.leaving or day == FIRST + timedelta(days=NIGHTS - 1) else [day]:
            yield from self._compared(oracle.may_be_kept(each) | self._due(each, day), self._is_kept(each))

    def _unsubscribe(self) -> None:
        folder = self.world.home.restricted("mailing_list")
        for path in folder.glob("*.csv"):
            lines = list(csv.DictReader(path.open(newline="")))
            for kind, account in self.lives.unsubscribing:
                address = self.oracle.mail.get((kind, account))
                tokens = [
                    line["unsubscribe_token"] for line in lines if (line["kind"], line["email"]) == (kind, address)
                ]
                if tokens:
                    MailingRecordStore(self.world.home).unsubscribe(tokens)
                    self.oracle.unsubscribed.add((kind, account))

    def _write(self, day: date) -> None:
        world, lives = self.world, self.lives
        world.day = day
        self.oracle.strings |= {string(mood, day): purposes for mood, purposes in MOODS.items()}
        world.page_views, world.ad_events = lives.page_views(day), lives.ad_events(day)
        world.registrations = lives.registrations()
        world.write()
        told = [lives.objections()[row["account_id"]] for row in world.registrations]
        path = world.home.root / "raw" / "registrations.parquet"
        pq.write_table(pq.read_table(path).append_column("objection", [told]), path)

    def _stands(self, day: date) -> Mapping[str, Any]:
        folder = self.world.home.restricted("mailing_list")
        (path,) = folder.glob("*.csv")
        assert path.name == f"drawn={self.today()}.csv"
        lines = list(csv.DictReader(path.open(newline="")))
        return {
            "stripped_events": self._stripped(day),
            "hours": set(self._drawn("hours", "visitors")),
            "segments": self._drawn("segments", "visitors").get(("all_visitors",), 0),
            "mailing_list": sorted((line["kind"], line["email"]) for line in lines),
        }

    def _is_kept(self, day: date) -> Mapping[str, Any]:
        home = self.world.home
        aside = pq.read_table(home.restricted("set_aside_rows") / f"date={day}.parquet")["raw"].to_pylist()
        failing = home.restricted("server_diagnostics") / f"date={day}.failing.parquet"
        return {
            "stripped_events": self._stripped(day),
            "set_aside_rows": sorted(sorted(set(NAME.findall(row))) for row in aside),
            "server_diagnostics": set(pq.read_table(failing)["client"].to_pylist()) if failing.exists() else None,
        }

    def _due(self, day: date, today: date) -> Mapping[str, Any]:
        return {} if day in days_kept(today, 7) else {"server_diagnostics": None}

    def _stripped(self, day: date) -> Counter[Any]:
        rows = pq.read_table(self.world.home.restricted("stripped_events") / f"date={day}.parquet").to_pylist()
        kinds = {"page_view": "page", "ad_view": "ad"}
        return Counter((row["hour"], kinds[row["action"]], row["for_tables"], row["for_segments"]) for row in rows)

    def _drawn(self, table: str, measure: str) -> dict[Any, float]:
        statistic = next(each for each in self.spent.statistics if each.name == table)
        numbers = self.ledger.draws(daily_base(self.world.day))[statistic.part].numbers[table][measure]
        what = self.spent.of(statistic)[measure]
        cells = cells_of(what, self.site, self.spent)
        return {cell: number / 1024 / what.weight(cell) for cell, number in zip(cells, numbers, strict=True) if number}

    def _joined(self) -> float:
        return sum(self._drawn("registrations", "registrations").values())

    @staticmethod
    def _compared(said: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
        yield from ((output, said[output], found[output]) for output in said)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    return Year(tmp_path_factory.mktemp("year"))


@pytest.fixture(scope="module")
def disagreements(year: Year) -> list[str]:
    """Where oracle and outputs differ: the night and the output."""
    found = []
    with instance(year.world.home) as kept, dg.DagsterInstance.ephemeral() as quick:
        for night in range(NIGHTS):
            day, whole = FIRST + timedelta(days=night), night % WHOLE == WHOLE - 1
            told = year.live(kept if whole else quick, day, whole=whole)
            found += [f"{day} {output}: {said} is not {stands}" for output, said, stands in told if said != stands]
    return found


def test_in_sixty_nights_nobody_is_in_an_output_who_may_not_be_and_nobody_is_missing(
    year: Year, disagreements: list[str]
) -> None:
    assert disagreements == []
    assert len(year.oracle.stripped) == NIGHTS


def test_in_those_nights_all_that_people_may_do_was_done(year: Year, disagreements: list[str]) -> None:
    """Else the nights show nothing."""
    assert set(year.lives.done) == EVERYTHING and min(year.lives.done.values()) >= 2, year.lives.done
    assert year.oracle.unsubscribed and year.lives.done["left"] >= 5


def test_after_those_nights_nothing_of_those_who_left_stands_anywhere(year: Year, disagreements: list[str]) -> None:
    """Below the home folder, but for the raw tables, which are the site's."""
    home = year.world.home
    files = (
        path
        for path in sorted(home.root.rglob("*"))
        if path.is_file() and "raw" not in path.relative_to(home.root).parts[:1]
    )
    contents = ((path.relative_to(home.root).as_posix(), path.read_bytes()) for path in files)
    assert find({str(number): value for number, value in enumerate(year.lives.gone)}, contents) == []


def test_in_those_nights_releases_were_made_and_every_request_has_its_proof(
    year: Year, disagreements: list[str]
) -> None:
    daily = [path for path in (year.world.home.published / "daily").iterdir() if (path / SUCCESS).exists()]
    assert len(daily) == NIGHTS // WHOLE
    proofs = {entry.release for entry in year.ledger.entries() if entry.release.startswith("request/")}
    assert proofs == {f"request/{number}" for number in range(1, year.lives.requests + 1)}
    assert year.ledger.verify() == []
