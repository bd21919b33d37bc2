"""What anybody can check with nothing but the files: a whole release is well, and no byte of it can change unseen."""

import json
from hashlib import sha256

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from anonymizers.releasing.containers import csv_bytes, parquet_bytes, read_parquet
from anonymizers.releasing.release import FILES, SUCCESS, compose, compose_empty
from anonymizers.releasing.verify import verify
from tests.anonymizers.releasing.candidates import tables, with_column
from tests.anonymizers.trials import trials


@pytest.fixture(scope="module")
def files(site, day):
    return dict(compose(site, day, tables(site, day)).files)


def test_a_good_release_has_nothing_wrong(site, day, files):
    assert verify(files) == []
    assert verify(compose_empty(site, day).files) == []
    assert verify(dict(reversed(files.items()))) == [], "a folder has no order"


def place_in(content: bytes, part: float) -> int:
    return min(int(part * len(content)), max(0, len(content) - 1))


@given(name=st.sampled_from(FILES), part=st.floats(0, 1), byte=st.integers(1, 255))
@example(name="SHA256SUMS", part=1.0, byte=ord("\n") ^ ord("\r"))
@trials(250)
def test_no_byte_can_be_changed_unseen(files, name, part, byte):
    content = files[name]
    if content:
        at = place_in(content, part)
        changed = content[:at] + bytes([content[at] ^ byte]) + content[at + 1 :]
        assert verify({**files, name: changed}), (name, at)


@given(name=st.sampled_from(FILES), part=st.floats(0, 1), byte=st.binary(min_size=1, max_size=1))
@example(name=SUCCESS, part=0.0, byte=b"\n")
@example(name="SHA256SUMS", part=1.0, byte=b"\r")
@trials(200)
def test_no_byte_can_be_inserted_unseen(files, name, part, byte):
    content = files[name]
    at = round(part * len(content))
    assert verify({**files, name: content[:at] + byte + content[at:]}), (name, at)


@given(name=st.sampled_from(FILES), part=st.floats(0, 1))
@example(name="SHA256SUMS", part=1.0)
@trials(200)
def test_no_byte_can_be_deleted_unseen(files, name, part):
    content = files[name]
    if content:
        at = place_in(content, part)
        assert verify({**files, name: content[:at] + content[at + 1 :]}), (name, at)


def test_every_byte_of_the_sums_counts(files):
    """The one file that no other file's digest covers: each place in turn, changed, doubled and deleted."""
    sums = files["SHA256SUMS"]
    for at in range(len(sums)):
        for piece in (
            bytes([sums[at] ^ 1]),
            bytes([sums[at] ^ 32]),
            sums[at : at + 1] * 2,
            b"",
            b"\r",
            b"\x0b",
            b" ",
            b"\n",
        ):
            if piece != sums[at : at + 1]:
                assert verify({**files, "SHA256SUMS": sums[:at] + piece + sums[at + 1 :]}), (at, piece)


@pytest.mark.parametrize("name", FILES)
def test_no_file_can_be_missing(files, name):
    assert verify({other: content for other, content in files.items() if other != name})


@given(
    name=st.sampled_from(("topics.csv", "topics.parquet.bak", ".hidden", "manifest.json.sig", "weekly/x", "_success"))
    | st.text(min_size=1).filter(lambda name: name not in FILES),
    content=st.binary(max_size=20),
)
@trials(40)
def test_no_file_can_be_added(files, name, content):
    assert verify({**files, name: content})


@given(pair=st.lists(st.sampled_from(FILES), min_size=2, max_size=2, unique=True))
@trials(80)
def test_no_two_files_can_be_swapped(files, pair):
    one, two = pair
    assert verify({**files, one: files[two], two: files[one]})


def reseal(files: dict[str, bytes]) -> dict[str, bytes]:
    """A release with its digests made anew: what a careless or cunning hand would leave."""
    package = json.loads(files["datapackage.json"])
    for resource in package["resources"]:
        resource["hash"] = f"sha256:{sha256(files[resource['path']]).hexdigest()}"
    files = {**files, "datapackage.json": json.dumps(package).encode()}
    manifest = json.loads(files["manifest.json"])
    for entry in manifest["files"]:
        content = files[entry["path"]]
        entry |= {"bytes": len(content), "sha256": sha256(content).hexdigest()}
    files["manifest.json"] = json.dumps(manifest).encode()
    named = [name for name in FILES if name not in ("SHA256SUMS", SUCCESS)]
    files["SHA256SUMS"] = "".join(f"{sha256(files[name]).hexdigest()}  {name}\n" for name in named).encode()
    return files


def changed_topics(change):
    """The release's topics through `change`, in Parquet and CSV, with all digests made anew."""

    def made(files):
        rows = change(read_parquet(files["topics.parquet"]))
        return reseal({**files, "topics.parquet": parquet_bytes(rows), "topics.csv.gz": csv_bytes(rows)})

    return made


WRONG_BUT_SEALED = {
    "outside its closed list": changed_topics(lambda rows: with_column(rows, "topic", ["mari"] * rows.num_rows)),
    "empty or negative number": changed_topics(lambda rows: with_column(rows, "visitors_low", [-1] * rows.num_rows)),
    "lies outside its interval": changed_topics(lambda rows: with_column(rows, "events_high", [0] * rows.num_rows)),
    "a key stands twice": changed_topics(lambda rows: rows.take([0, 0])),
    "not those of the data package": changed_topics(lambda rows: rows.append_column("e_mail", [["x"] * rows.num_rows])),
    "says something else": lambda files: reseal(
        {**files, "topics.csv.gz": csv_bytes(read_parquet(files["topics.parquet"]).slice(1))}
    ),
}


@pytest.mark.parametrize("sentence", WRONG_BUT_SEALED)
def test_what_is_wrong_is_found_even_where_every_digest_fits(files, sentence):
    assert verify(reseal(files)) == []
    assert any(sentence in found for found in verify(WRONG_BUT_SEALED[sentence](files)))


def test_no_sentence_shows_a_value(files):
    for make in WRONG_BUT_SEALED.values():
        assert not any("mari" in found or "1000" in found for found in verify(make(files)))
