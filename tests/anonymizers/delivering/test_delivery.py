"""Nobody is given anything without a valid contract, and nothing is given but a release as the ledger knows it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from anonymizers.delivering.delivery import Delivery, Released, prepare
from anonymizers.delivering.destination import Destination
from anonymizers.delivering.partner import Partners
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.release import Release, data_files, files
from anonymizers.vocabulary import DAY, WEEK
from tests.anonymizers.delivering.made import FROM, UNTIL, partner, release_of

RELEASE, WEEKLY = release_of(DAY), release_of(WEEK)


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
        {"formats": ()},
        {"formats": ("xlsx",)},
        {"weekly": ("segments",)},
    ],
)
def test_a_contract_that_says_too_little_or_too_much_is_refused(wrong):
    with pytest.raises(ValidationError):
        partner(**wrong)


def test_a_partner_stands_once():
    with pytest.raises(ValidationError, match="stands twice"):
        Partners((partner(), partner(contract="another")))


def test_two_partners_never_share_a_place():
    with pytest.raises(ValidationError, match="each its own"):
        Partners((partner(), partner(partner="heat_shop")))


KEY = "[sftp.example]:2222 ssh-ed25519 AAAA"
SFTP = {"kind": "sftp", "known_hosts": KEY}
S3 = {"kind": "s3", "to": "bucket/in"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (S3, {"kind": "s3", "to": "s3://bucket/in/"}),
        (S3, {**S3, "profile": "solar"}),
        (S3, {**S3, "endpoint": "https://s3.eu-north-1.amazonaws.com"}),
        (
            {**S3, "endpoint": "https://Store.Example:443/"},
            {**S3, "to": "s3://bucket/in", "endpoint": "https://store.example"},
        ),
        ({"kind": "gs", "to": "bucket"}, {"kind": "gs", "to": "gs://bucket/"}),
        ({"kind": "az", "to": "box/in", "account": "solar"}, {"kind": "az", "to": "az://box/in", "account": "SOLAR"}),
        (
            {**SFTP, "to": "koond@sftp.example/in"},
            {**SFTP, "to": "sftp://koond:$PASS@SFTP.example.:22//in/", "key": "~/.ssh/solar"},
        ),
        ({"kind": "folder", "to": "/srv/solar"}, {"kind": "folder", "to": "//srv/./solar//"}),
        ({"kind": "folder", "to": "$OUT/solar"}, {"kind": "folder", "to": "$OUT/solar/"}),
    ],
)
def test_one_place_is_one_however_it_is_spelled(one, other):
    assert Destination(**one).place() == Destination(**other).place()
    with pytest.raises(ValidationError, match="each its own"):
        Partners((partner(outlet=Destination(**one)), partner(partner="heat_shop", outlet=Destination(**other))))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (S3, {**S3, "to": "bucket/in/heat"}),
        (S3, {**S3, "to": "bucket"}),
        ({"kind": "folder", "to": "/srv"}, {"kind": "folder", "to": "/srv/solar/in"}),
        ({"kind": "folder", "to": "$OUT"}, {"kind": "folder", "to": "$OUT/solar"}),
        ({**SFTP, "to": "koond@host/"}, {**SFTP, "to": "koond@host/in"}),
    ],
)
def test_no_partner_has_a_folder_of_another_ones_place(one, other):
    """Who may read a folder may read what lies in it."""
    for ways in ((one, other), (other, one)):
        with pytest.raises(ValidationError, match="each its own"):
            Partners(tuple(partner(partner=f"shop_{n}", outlet=Destination(**way)) for n, way in enumerate(ways)))


@pytest.mark.parametrize(
    "other",
    [
        {**S3, "to": "bucket/In"},
        {**S3, "to": "bucket/in-heat"},
        {**S3, "endpoint": "https://store.example"},
        {"kind": "gs", "to": "bucket/in"},
        {"kind": "az", "to": "bucket/in"},
        {"kind": "folder", "to": "/bucket/in"},
        {**SFTP, "to": "koond@bucket/in"},
    ],
)
def test_two_places_are_two(other):
    """The control."""
    Partners((partner(outlet=Destination(**S3)), partner(partner="heat_shop", outlet=Destination(**other))))


@pytest.mark.parametrize(
    ("outlet", "parts"),
    [
        ({"kind": "folder", "to": "/srv/partners/solar"}, {"path": "/srv/partners/solar"}),
        ({"kind": "folder", "to": "$OUT/solar"}, {"path": "$OUT/solar"}),
        ({"kind": "s3", "to": "s3://bucket/in/koond", "profile": "solar"}, {"bucket": "bucket", "path": "/in/koond"}),
        ({"kind": "s3", "to": "bucket", "endpoint": "https://store.example:9000"}, {"bucket": "bucket", "path": ""}),
        ({"kind": "gs", "to": "gs://bucket/in/", "key": "~/solar.json"}, {"bucket": "bucket", "path": "/in"}),
        ({"kind": "az", "to": "box/in", "account": "solar"}, {"bucket": "box", "path": "/in"}),
        (
            {"kind": "sftp", "to": "koond:$PASS@sftp.example:2222/in", "known_hosts": KEY, "key": "~/.ssh/solar"},
            {"user": "koond", "password": "$PASS", "host": "sftp.example", "port": "2222", "path": "/in"},
        ),
        (
            {"kind": "sftp", "to": "sftp://koond@$HOST/", "known_hosts": KEY},
            {"user": "koond", "host": "$HOST", "path": "/"},
        ),
    ],
)
def test_a_destination_is_taken_apart(outlet, parts):
    assert Destination(**outlet).parts == parts


@pytest.mark.parametrize(
    ("outlet", "says"),
    [
        ({"kind": "https", "to": "https://solar.example/in"}, "Input should be"),
        ({"kind": "folder", "to": "partners/solar"}, "from its root on"),
        ({"kind": "folder", "to": "/srv/partners/../koond"}, "from its root on"),
        ({"kind": "sftp", "to": "koond@sftp.example/in"}, "known_hosts"),
        ({"kind": "sftp", "to": "koond:hunter2@sftp.example/in", "known_hosts": KEY}, "never here"),
        ({"kind": "s3", "to": "s3://AKIA:hunter2@bucket/in"}, "never here"),
        (
            {"kind": "s3", "to": "bucket/in", "endpoint": "https://user:hunter2@store.example"},
            "without user and password",
        ),
        ({"kind": "s3", "to": "bucket/in", "endpoint": "http://store.example"}, "https"),
        ({"kind": "folder", "to": "/srv/partners", "known_hosts": KEY}, "sftp alone"),
    ],
)
def test_a_destination_that_is_unsafe_or_unclear_is_refused_without_its_secret(outlet, says):
    with pytest.raises(ValidationError) as refused:
        Destination(**outlet)
    told = str(refused.value.errors(include_url=False, include_input=False))
    assert says in str(refused.value) or says in told
    assert "hunter2" not in told.replace(str(outlet), "")
