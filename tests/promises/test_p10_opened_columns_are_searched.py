"""Promise 10: whatever says something of a person, and is opened to a step that publishes, is searched for in every release."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pyarrow as pa
import pytest
from pydantic import ValidationError

from anonymizers.contract import AUDIENCE_NEVER_READS, Column, ColumnClass, Purpose, Role, Source
from anonymizers.releasing.release import Release
from anonymizers.searching.leak_scan import must_search, scan
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.settings import site_folder
from pipelines.site_folder import read_site_folder

PUBLISHING = (Purpose.AUDIENCE, Purpose.REGISTRATION_STATISTICS)
ABOUT_PEOPLE = tuple(each for each in ColumnClass if each is not ColumnClass.NON_PERSONAL)
OPENED = [role for role in Role if role not in AUDIENCE_NEVER_READS and role is not Role.INSTANT]


def source(role: Role, column_class: ColumnClass, *purposes: Purpose) -> Source:
    """A source of one column."""
    return Source("parquet", "raw/*.parquet", {role: Column(purposes, **{"class": column_class})})  # type: ignore[arg-type]


@pytest.mark.parametrize(("column_class", "purpose"), product(ABOUT_PEOPLE, PUBLISHING))
def test_p10_a_contract_cannot_open_a_personal_column_that_no_release_is_searched_for(column_class, purpose):
    for role in OPENED:
        with pytest.raises(ValidationError, match="add the purpose leak_scan"):
            source(role, column_class, purpose)
        assert source(role, column_class, purpose, Purpose.LEAK_SCAN).readable(purpose) == (role,)


@pytest.mark.parametrize("role", sorted(AUDIENCE_NEVER_READS))
@pytest.mark.parametrize("column_class", ColumnClass)
def test_p5_p10_no_contract_opens_address_referrer_title_or_registration_to_the_audience(role, column_class):
    """Whatever class an operator gives it. An address is opened to nothing but diagnosis at all."""
    alone = "the diagnosis of the server alone" if role is Role.IP else "never read for the purpose audience"
    with pytest.raises(ValidationError, match=alone):
        source(role, column_class, Purpose.AUDIENCE, Purpose.LEAK_SCAN)


@pytest.mark.parametrize("site", ["elektrum", "snowplow", "weblog"])
def test_p10_every_personal_column_that_a_shipped_site_opens_is_one_that_must_be_searched(site):
    sources = read_site_folder(site_folder(None).parent / site).sources
    searched = must_search(sources)
    for name in ("clickstream", "ad_beacons", "registrations"):
        found = sources.of(name)
        for purpose in PUBLISHING if found else ():
            for role in found.readable(purpose):
                if found.columns[role].column_class in ABOUT_PEOPLE and role is not Role.INSTANT:
                    assert role.value in searched[name], (name, role)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDBEngine]:
    made = DuckDBEngine(tmp_path)
    yield made
    made.close()


TABLES = {"clickstream": ("cookie_id", "url", "page_title"), "registrations": ("name", "email")}


@pytest.mark.parametrize(("table", "column"), [(table, column) for table in TABLES for column in TABLES[table]])
def test_p10_a_value_is_found_whichever_column_of_whichever_table_it_is_from(engine, table, column):
    """And in no other column; each counts as searched."""
    raw = {
        name: (
            engine.table(
                pa.table(
                    {each: ["maasikas4711" if (name, each) == (table, column) else "kuuskede"] for each in columns}
                )
            ),
            columns,
        )
        for name, columns in TABLES.items()
    }
    leaking = Release("daily/date=2026-11-20", {"README.md": b"Audience statistics, for maasikas4711."})
    report = scan(leaking, Release(leaking.name, {"README.md": b"Audience statistics, for nobody."}), raw)
    assert report.hits == {f"{table}.{column}": 1}
    assert set(report.searched) == {f"{name}.{each}" for name, columns in TABLES.items() for each in columns}
