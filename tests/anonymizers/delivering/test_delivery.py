"""Nobody is given anything without a valid contract, and nothing is given but a release as the ledger knows it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from anonymizers.delivering.delivery import Delivery, Released, prepare
from anonymizers.delivering.partner import Destination, Partner, Partners
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.release import Release, data_files, files
from anonymizers.vocabulary import DAY, WEEK

FROM, UNTIL = date(2026, 1, 1), date(2026, 12, 31)
RELEASE = Release("daily/date=2026-11-20", {name: name.encode() for name in files(DAY)})
WEEKLY = Release("weekly/week=2026-W47", {name: name.encode() for name in files(WEEK)})


def partner(**more: object) -> Partner:
    usual = {"partner": "solar_shop", "title": "Solar shop", "contract": "KL-2026-014", "valid_from": FROM}
    outlet = Destination(kind="folder", to="$PARTNERS/solar")
    return Partner(**{**usual, "valid_until": UNTIL, "daily": ("topics", "hours"), "outlet": outlet, **more})


def released(release: Release = RELEASE) -> Released:
    return Released(release, release.digest)


@given(today=st.dates(FROM - timedelta(days=400), UNTIL + timedelta(days=400)))
def test_no_valid_contract_no_delivery(today):
    partners = Partners((partner(),))
    if FROM <= today <= UNTIL:
        assert prepare(partners, "solar_shop", released(), today).partner.partner == "solar_shop"
    else:
        with pytest.raises(Refusal) as refused:
            prepare(partners, "solar_shop", released(), today)
        assert refused.value.reason is Reason.GATE


def test_a_stranger_is_given_nothing():
    with pytest.raises(Refusal, match="no such partner"):
        prepare(Partners((partner(),)), "somebody", released(), FROM)


def test_what_was_not_agreed_is_not_given():
    assert "topics.parquet" in prepare(Partners((partner(),)), "solar_shop", released(), FROM).files
    with pytest.raises(Refusal, match="agreed to no table"):
        prepare(Partners((partner(),)), "solar_shop", released(WEEKLY), FROM)


def test_the_agreed_tables_and_all_documents_are_given():
    given_files = set(prepare(Partners((partner(),)), "solar_shop", released(), FROM).files)
    agreed = {f"{table}{ending}" for table in ("topics", "hours") for ending in (".parquet", ".csv.gz")}
    assert given_files == agreed | (set(files(DAY)) - set(data_files(DAY)))


@pytest.mark.parametrize("recorded", [None, "", "0" * 64])
def test_a_release_that_the_ledger_does_not_know_is_none(recorded):
    with pytest.raises(Refusal, match="as the ledger knows it"):
        Released(RELEASE, recorded)


def test_a_changed_byte_makes_it_none():
    changed = Release(RELEASE.name, dict(RELEASE.files) | {"README.md": b"mari@x.example"})
    with pytest.raises(Refusal, match="as the ledger knows it"):
        Released(changed, RELEASE.digest)


@pytest.mark.parametrize("other", [RELEASE, dict(RELEASE.files), b"mari@x.example", None, "restricted/mailing_list"])
def test_nothing_but_a_release_can_be_delivered(other):
    with pytest.raises(Refusal, match="only a published release"):
        Delivery(partner(), other)


def test_a_list_or_a_file_cannot_pass_for_a_release():
    for other in ("restricted/mailing_list", {"a": b""}, None):
        with pytest.raises(Refusal):
            Released(other, "0" * 64)


@pytest.mark.parametrize(
    "wrong",
    [
        {"valid_until": FROM - timedelta(days=1)},
        {"daily": ()},
        {"daily": ("mailing_list",)},
        {"weekly": ("topics",)},
        {"contract": ""},
        {"partner": "Solar Shop"},
    ],
)
def test_a_contract_that_says_too_little_or_too_much_is_refused(wrong):
    with pytest.raises(ValidationError):
        partner(**wrong)


def test_a_partner_stands_once():
    with pytest.raises(ValidationError, match="stands twice"):
        Partners((partner(), partner(contract="another")))
