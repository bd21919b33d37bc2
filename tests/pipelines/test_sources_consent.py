"""Consent fails closed, and a visitor is one person's account or cookie and nobody else's."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonymizers.consent.agreed import EVERYTHING, SILENT, granted, refused
from anonymizers.consent.refused import Why
from anonymizers.consent.signals import agreed_by
from anonymizers.consent_rules import Use
from anonymizers.contract import Purpose
from pipelines.sources import consent
from tests.anonymizers.consent.strings import gpp_string, tc_string
from tests.pipelines.test_sources_formats import COLUMNS, event, events, reader_of, set_aside, source, write


def consented(folder: Path, ending: str, **row: Any) -> bool:
    """Whether an event like this may be counted; it is never NULL."""
    write(folder / f"c.{ending}", [event(**row)])
    ((agreed),) = [row["agreed"] for row in events(reader_of(folder, source(ending, f"c.{ending}")))]
    assert agreed == EVERYTHING or agreed < 0
    return bool(agreed > 0)


ENDINGS = pytest.mark.parametrize("ending", ["csv", "ndjson", "parquet"])


@ENDINGS
@pytest.mark.parametrize(
    "consent", [None, "", " ", "no", "YES", "Yes", " yes", "yes ", "yes,all", "unknown", "null", "1", "true"]
)
def test_whatever_is_not_in_the_list_is_no_consent(tmp_path: Path, ending: str, consent: str | None) -> None:
    assert not consented(tmp_path, ending, consent=consent)


@ENDINGS
@pytest.mark.parametrize("opt_out", [None, "false", "False", "0", "no", ""])
def test_consent_holds_where_nothing_objects(tmp_path: Path, ending: str, opt_out: str | None) -> None:
    """NDJSON has no header: there a key that is absent may be one that was renamed, and counts as an objection."""
    holds = not (ending.startswith("ndjson") and opt_out is None)
    assert consented(tmp_path, ending, gpc=opt_out) == holds
    assert consented(tmp_path / "again", ending, gpc=opt_out, consent="all") == holds


@ENDINGS
@pytest.mark.parametrize(
    "row, agreed", [({}, EVERYTHING), ({"consent": "no"}, refused(Why.NOT_GRANTING)), ({"gpc": "1"}, refused(Why.OBJECTED)),
                    ({"consent": None}, EVERYTHING)]
)  # fmt: skip
def test_a_kind_that_is_not_counted_is_heard_when_it_refuses_and_takes_nothing_back_by_saying_nothing(
    tmp_path: Path, ending: str, row: dict[str, Any], agreed: int
) -> None:
    write(tmp_path / f"c.{ending}", [event(**{"consent": "all", "gpc": None, "ip": "ping", **row})])
    columns = {name: column for name, column in COLUMNS.items() if name != "ip"}
    columns["kind"] = {"class": "non-personal", "purposes": ["audience"], "from": "ip"}
    reader = reader_of(tmp_path, source(ending, f"c.{ending}", columns=columns, only={"kind": ["page_view"]}))
    assert [(row["agreed"], row["counted"]) for row in events(reader)] == [(agreed, False)]


def test_a_renamed_opt_out_key_is_no_consent(tmp_path: Path) -> None:
    path = tmp_path / "c.ndjson"
    path.write_text(
        json.dumps({**event(), "gpc_signal": "true"} | {"gpc": None}) + "\n" + '{"gpc":"false","gpc":"true"}\n'
    )
    reader = reader_of(tmp_path, source("ndjson", path.name))
    assert [row["agreed"] for row in events(reader)] == [refused(Why.OBJECTED)]
    assert [reason for reason, _ in set_aside(reader)] == ["not_ndjson"]


@ENDINGS
@pytest.mark.parametrize("opt_out", ["true", "True", "1", "yes", "on", "2", "t", "null", "unknown", "nope"])
def test_whatever_may_be_an_objection_is_one(tmp_path: Path, ending: str, opt_out: str) -> None:
    assert not consented(tmp_path, ending, gpc=opt_out)


@pytest.mark.parametrize("ending", ["ndjson", "parquet"])
@pytest.mark.parametrize(("opt_out", "counted"), [(True, False), (False, True), (1, False), (0, True)])
def test_an_objection_may_be_a_boolean_or_a_number(tmp_path: Path, ending: str, opt_out: object, counted: bool) -> None:
    assert consented(tmp_path, ending, gpc=opt_out) is counted


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    consent=st.none() | st.text(st.characters(blacklist_categories=["Cs"])),
    opt_out=st.none() | st.booleans() | st.text("01truefalsn", max_size=5),
)
def test_no_text_but_a_granting_one_is_consent(tmp_path: Path, consent: str | None, opt_out: object) -> None:
    for left in tmp_path.glob("work/*.parquet"):
        left.unlink()
    granted = consent in ("yes", "all") and str(opt_out).lower() in ("none", "false", "0", "no", "")
    assert consented(tmp_path, "ndjson", consent=consent, gpc=opt_out) is granted


def visitors(folder: Path, rows: list[dict[str, Any]], **more: Any) -> list[str | None]:
    """The visitors of some events."""
    write(folder / "c.parquet", [event(event_id=str(place), **row) for place, row in enumerate(rows)])
    return sorted(
        (row["visitor"] for row in events(reader_of(folder, source("parquet", "c.parquet", **more)))), key=str
    )


def test_the_first_name_that_is_present_counts(tmp_path: Path) -> None:
    rows = [
        {"account_id": "a", "cookie_id": "c"},
        {"account_id": " ", "cookie_id": "c"},
        {"account_id": "a", "cookie_id": None},
    ]
    assert visitors(tmp_path, rows) == ["account_id:a", "account_id:a", "cookie_id:c"]


def test_an_account_and_a_cookie_of_one_name_are_two_visitors(tmp_path: Path) -> None:
    assert (
        len(set(visitors(tmp_path, [{"account_id": "x", "cookie_id": ""}, {"account_id": "", "cookie_id": "x"}]))) == 2
    )


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("blank", [None, "", " ", "   "])
def test_a_blank_name_is_no_visitor(tmp_path: Path, blank: str | None, together: bool) -> None:
    rows = [{"account_id": blank, "cookie_id": blank}, {"account_id": "x", "cookie_id": "y"}]
    found = visitors(tmp_path, rows, visitor_together=together)
    assert sum(visitor is None for visitor in found) == 1


def test_names_together_are_one_visitor_and_none_where_one_is_missing(tmp_path: Path) -> None:
    rows = [
        {"account_id": "a", "cookie_id": "c"},
        {"account_id": "a", "cookie_id": "d"},
        {"account_id": "a", "cookie_id": ""},
    ]
    found = visitors(tmp_path, rows, visitor_together=True)
    assert len(set(found)) == 3
    assert None in found


def test_names_together_do_not_run_into_each_other(tmp_path: Path) -> None:
    rows = [{"account_id": "a|b", "cookie_id": "c"}, {"account_id": "a", "cookie_id": "b|c"}]
    assert len(set(visitors(tmp_path, rows, visitor_together=True))) == 2


def test_an_event_delivered_twice_counts_once_within_a_visitor_and_never_between_visitors(tmp_path: Path) -> None:
    twice, other = event(event_id="e"), event(event_id="e", cookie_id="cookie-2")
    nameless = event(event_id=None, cookie_id="cookie-3")
    write(tmp_path / "c.parquet", [twice, other, twice, nameless, nameless])
    found = [row["visitor"] for row in events(reader_of(tmp_path, source("parquet", "c.parquet")))]
    assert sorted(found) == ["cookie_id:cookie-1", "cookie_id:cookie-2", "cookie_id:cookie-3", "cookie_id:cookie-3"]


def test_without_the_purpose_an_event_id_is_not_read_and_nothing_is_merged(tmp_path: Path) -> None:
    columns = {**COLUMNS, "event_id": {"class": "quasi-identifier", "purposes": []}}
    write(tmp_path / "c.parquet", [event(), event()])
    assert len(events(reader_of(tmp_path, source("parquet", "c.parquet", columns=columns)))) == 2


def test_the_copy_with_consent_does_not_speak_for_the_copy_without(tmp_path: Path) -> None:
    """Of two deliveries that contradict each other none is counted as consented."""
    write(tmp_path / "c.parquet", [event(), event(consent="no"), event()])
    found = [row["agreed"] for row in events(reader_of(tmp_path, source("parquet", "c.parquet")))]
    assert found == [refused(Why.COPIES_DISAGREE)]


TCF = {"as": "tcf"}
WITH_BOTH = {
    **COLUMNS,
    "gpp": {"class": "non-personal", "purposes": ["audience"], "from": "gpp_string"},
    "do_not_track": {"class": "non-personal", "purposes": ["audience"], "from": "dnt"},
}


def agreed_of(folder: Path, rows: list[dict[str, Any]], ending: str = "parquet", **more: Any) -> list[int]:
    """`agreed` of some events, in their order."""
    write(folder / f"c.{ending}", [event(event_id=str(place), **row) for place, row in enumerate(rows)])
    reader = reader_of(folder, source(ending, f"c.{ending}", **{"columns": WITH_BOTH, "consent": TCF, **more}))
    table = reader.engine.fetch(
        reader.engine.query(
            "SELECT agreed FROM $events ORDER BY url", events=reader.read("clickstream", Purpose.AUDIENCE)
        )
    )
    return [int(agreed) for agreed in table["agreed"].to_pylist()]


@ENDINGS
def test_of_several_signals_the_stricter_holds(tmp_path: Path, ending: str) -> None:
    everything, pages = tc_string(), tc_string((1, 8))
    none: dict[str, str] = {"gpp_string": "", "dnt": "0"}
    said = [
        ({"consent": everything}, EVERYTHING),
        ({"consent": pages}, granted([Use.PAGES])),
        ({"consent": everything, "gpp_string": gpp_string({2: pages})}, granted([Use.PAGES])),
        ({"consent": pages, "gpp_string": gpp_string({2: everything})}, granted([Use.PAGES])),
        ({"consent": pages, "gpp_string": gpp_string({2: tc_string((1, 7))})}, refused(Why.NO_PURPOSE)),
        ({"consent": everything, "gpp_string": gpp_string({6: "1YNN"})}, refused(Why.NO_SECTION)),
        ({"consent": everything, "gpp_string": "DBAA"}, refused(Why.NO_SECTION)),
        ({"consent": "", "gpp_string": gpp_string({2: everything})}, SILENT),
        ({"consent": everything[:30], "gpp_string": gpp_string({2: everything})}, refused(Why.CUT)),
        ({"consent": everything, "dnt": "1"}, refused(Why.OBJECTED)),
        ({"consent": "", "dnt": "1"}, refused(Why.OBJECTED)),
        ({"consent": everything, "gpc": "true"}, refused(Why.OBJECTED)),
    ]
    rows = [{**none, "url": f"/{place:02}", **row} for place, (row, _) in enumerate(said)]
    assert agreed_of(tmp_path, rows, ending) == [expected for _, expected in said]


def test_a_gpp_string_alone_may_be_the_signal(tmp_path: Path) -> None:
    rows = [{"consent": gpp_string({2: tc_string()})}, {"consent": tc_string()}, {"consent": None}]
    rows = [{**row, "url": f"/{place}"} for place, row in enumerate(rows)]
    found = agreed_of(tmp_path, rows, columns=COLUMNS, consent={"as": "gpp"})
    assert found[0] == EVERYTHING and found[1] < SILENT and found[2] == SILENT


def test_each_different_signal_is_decoded_once_a_night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = []

    def counting(text: str, *rest: Any) -> int:
        decoded.append(text)
        return agreed_by(text, *rest)

    monkeypatch.setattr(consent, "agreed_by", counting)
    signals = [tc_string((1, purpose)) for purpose in (7, 8, 9)]
    write(tmp_path / "c.parquet", [event(event_id=str(n), consent=signals[n % 3]) for n in range(60)])
    reader = reader_of(tmp_path, source("parquet", "c.parquet", consent=TCF))
    for _ in range(2):  # once for page views, once for advertisements
        assert len(events(reader)) == 60
    assert sorted(decoded) == sorted(signals)
