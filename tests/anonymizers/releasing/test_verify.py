"""What anybody can check with nothing but the files: a whole release is well, and no byte of it can change unseen."""

import gzip
import json
import struct
import tracemalloc
import zlib
from hashlib import sha256
from itertools import combinations

import pyarrow as pa
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from minisign import KeyPair

from anonymizers.refusal import Refusal
from anonymizers.releasing.containers import GZIP_HEADER, MOST_TEXT, csv_bytes, inflated, parquet_bytes, read_parquet
from anonymizers.releasing.release import SUCCESS
from anonymizers.releasing.signature import SIGNATURE, sign
from anonymizers.releasing.verify import named_files, verify, verify_signed
from tests.anonymizers.releasing.candidates import EDITIONS, TOPICS, as_parquet, composed, with_column, with_value
from tests.anonymizers.trials import trials


@pytest.fixture(scope="module")
def files(release):
    return dict(release.files)


def named(files, place: int) -> str:
    """One of the names; a place is any whole number."""
    return list(files)[place % len(files)]


def test_a_good_release_has_nothing_wrong(files, empty):
    assert verify(files) == []
    assert verify(empty.files) == []
    assert verify(dict(reversed(files.items()))) == [], "a folder has no order"


def place_in(content: bytes, part: float) -> int:
    return min(int(part * len(content)), max(0, len(content) - 1))


@given(file=st.integers(0, 99), part=st.floats(0, 1), byte=st.integers(1, 255))
@example(file=-2, part=1.0, byte=ord("\n") ^ ord("\r"))
@trials(150)
def test_no_byte_can_be_changed_unseen(files, file, part, byte):
    name = named(files, file)
    content = files[name]
    if content:
        at = place_in(content, part)
        changed = content[:at] + bytes([content[at] ^ byte]) + content[at + 1 :]
        assert verify({**files, name: changed}), (name, at)


@given(file=st.integers(0, 99), part=st.floats(0, 1), byte=st.binary(min_size=1, max_size=1))
@example(file=-1, part=0.0, byte=b"\n")
@example(file=-2, part=1.0, byte=b"\r")
@trials(120)
def test_no_byte_can_be_inserted_unseen(files, file, part, byte):
    name = named(files, file)
    content = files[name]
    at = round(part * len(content))
    assert verify({**files, name: content[:at] + byte + content[at:]}), (name, at)


@given(file=st.integers(0, 99), part=st.floats(0, 1))
@example(file=-2, part=1.0)
@trials(120)
def test_no_byte_can_be_deleted_unseen(files, file, part):
    name = named(files, file)
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


def test_no_file_can_be_missing(files):
    for name in files:
        assert verify({other: content for other, content in files.items() if other != name}), name


@given(
    name=st.sampled_from(
        ("segments.csv", "segments.parquet.bak", ".hidden", "manifest.json.sig", "weekly/x", "_success")
    )
    | st.text(min_size=1),
    content=st.binary(max_size=20),
)
@trials(40)
def test_no_file_can_be_added(files, name, content):
    assume(name not in files)
    assert verify({**files, name: content})


@given(places=st.tuples(st.integers(0, 99), st.integers(0, 99)))
@trials(60)
def test_no_two_files_can_be_swapped(files, places):
    one, two = (named(files, place) for place in places)
    assume(one != two)
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
    summed = [name for name in files if name not in ("SHA256SUMS", SUCCESS)]
    files["SHA256SUMS"] = "".join(f"{sha256(files[name]).hexdigest()}  {name}\n" for name in summed).encode()
    return files


def changed_rows(table: str, change):
    """The release with one table put through `change`, in Parquet and CSV, with all digests made anew."""

    def made(files):
        rows = change(read_parquet(files[f"{table}.parquet"]))
        return reseal({**files, f"{table}.parquet": parquet_bytes(rows), f"{table}.csv.gz": csv_bytes(rows)})

    return made


def of_topics(change):
    return lambda files: changed_rows(next(name for name in TOPICS.values() if f"{name}.parquet" in files), change)(
        files
    )


WRONG_BUT_SEALED = {
    "topic holds a value outside its closed list": of_topics(
        lambda rows: with_column(rows, "topic", ["mari"] * rows.num_rows)
    ),
    "empty or negative number": of_topics(lambda rows: with_column(rows, "visitors_low", [-1] * rows.num_rows)),
    "visitors holds an empty": of_topics(lambda rows: with_empty(rows, "visitors", 0)),
    "visitors_high holds an empty": of_topics(lambda rows: with_empty(rows, "visitors_high", 0)),
    "lies outside its interval": of_topics(lambda rows: with_column(rows, "visitors_high", [0] * rows.num_rows)),
    "visitors lies outside": of_topics(
        lambda rows: with_value(rows, "visitors_low", 3, rows["visitors"].to_pylist()[3] + 1)
    ),
    "a key stands twice": of_topics(lambda rows: rows.take([0, 0])),
    "not those of the data package": of_topics(lambda rows: rows.append_column("e_mail", [["x"] * rows.num_rows])),
    "says something else": lambda files: reseal(
        {**files, "segments.csv.gz": csv_bytes(read_parquet(files["segments.parquet"]).slice(1))}
    ),
    "segments.parquet holds more or less than its rows": lambda files: reseal(
        {**files, "segments.parquet": as_parquet(read_parquet(files["segments.parquet"]), store_schema=False)}
    ),
    "segments.csv.gz holds more or less than its rows": lambda files: reseal(
        {**files, "segments.csv.gz": quoted(files["segments.csv.gz"])}
    ),
    "a file cannot be read": lambda files: reseal(
        {**files, "segments.csv.gz": files["segments.csv.gz"] + gzip.compress(b"mari")}
    ),
    "checks.json: a check that must pass did not": lambda files: reseal(
        {**files, "checks.json": files["checks.json"].replace(b'"passed"', b'"failed"', 1)}
    ),
    "checks.json: a check is missing": lambda files: reseal(
        {**files, "checks.json": json.dumps(json.loads(files["checks.json"])[1:]).encode()}
    ),
    "checks.json: a check claims to have passed": lambda files: reseal(
        {**files, "checks.json": files["checks.json"].replace(b'"value": 0,', b'"value": 3,', 1)}
    ),
}


def quoted(content: bytes) -> bytes:
    """A CSV that says the same with more signs than it needs."""
    text = inflated(content).replace(b"visitors,", b'"visitors",', 1)
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return GZIP_HEADER + squeeze.compress(text) + squeeze.flush() + struct.pack("<II", zlib.crc32(text), len(text))


def with_empty(rows: pa.Table, column: str, place: int) -> pa.Table:
    """The rows with one number left out, which its column does not allow."""
    loose = pa.schema([field.with_nullable(True) for field in rows.schema])
    return with_value(rows.cast(loose), column, place, None)


@pytest.mark.parametrize("sentence", WRONG_BUT_SEALED)
def test_what_is_wrong_is_found_even_where_every_digest_fits(files, sentence):
    assert verify(reseal(files)) == []
    assert any(sentence in found for found in verify(WRONG_BUT_SEALED[sentence](files)))


def test_a_release_of_another_layout_is_left_to_the_koond_that_made_it(files):
    """Files, columns and checks come and go between versions; an old release is not wrong because a new one has more."""
    older = {name: content for name, content in files.items() if name != "checks.json"}
    older["manifest.json"] = files["manifest.json"].replace(b'"schema_version": "4"', b'"schema_version": "2"')
    assert verify(older) == ["the release is laid out by another version of koond; verify it with that one"]


def test_a_manifest_that_cannot_be_read_is_told(files):
    for content in (b"", b"[]", b"{}", b"\xff"):
        assert len(verify({**files, "manifest.json": content})) == 1


def test_no_sentence_shows_a_value(files):
    for make in WRONG_BUT_SEALED.values():
        assert not any("mari" in found or "1000" in found for found in verify(make(files)))


AFFINITY = ("affinity", "affinity_low", "affinity_high")


@pytest.fixture(scope="module")
def week(site):
    return dict(composed(site, EDITIONS[1]).files)


def test_an_index_that_the_noise_does_not_support_is_empty_and_nothing_wrong(week):
    rows = read_parquet(week["segment_dayparts.parquet"])
    empty = [tuple(row[column] for column in AFFINITY) for row in rows.to_pylist() if row["affinity"] is None]
    assert empty and set(empty) == {(None, None, None)}
    assert len(empty) < rows.num_rows and verify(week) == []

    def emptied(table):
        for column in AFFINITY:
            table = with_column(table, column, [None] * table.num_rows)
        return table

    assert verify(changed_rows("segment_dayparts", emptied)(week)) == []


@pytest.mark.parametrize("left", [some for size in (1, 2) for some in combinations(AFFINITY, size)])
def test_an_index_that_is_empty_in_part_is_wrong(week, left):
    def half(table):
        told = table["affinity"].to_pylist().index(100)
        for column in left:
            table = with_value(table, column, told, None)
        return table

    found = verify(changed_rows("segment_topics", half)(week))
    assert found == ["segment_topics.parquet: affinity lies outside its interval; do not use it, and tell the site"]


def test_an_index_outside_its_interval_is_wrong(week):
    def moved(table):
        return with_value(table, "affinity_low", 0, 101)

    assert any("affinity lies outside" in found for found in verify(changed_rows("segment_topics", moved)(week)))


KEY, STRANGER = KeyPair.generate(), KeyPair.generate()


@pytest.fixture(scope="module")
def signed(release):
    return {**release.files, SIGNATURE: sign(release.files["manifest.json"], release.name, KEY.secret_key)}


def judged(files, release, key=KEY, **options) -> list[str]:
    return verify_signed(files, key and key.public_key, release.name, **options)


def test_a_signed_release_has_nothing_wrong_under_its_key_and_its_name(signed, release):
    assert judged(signed, release) == verify(signed) == []
    assert verify_signed(signed, KEY.public_key, release.name.split("/")[-1]) == []


@given(file=st.integers(0, 99), part=st.floats(0, 1), byte=st.integers(1, 255))
@trials(150)
def test_no_byte_of_a_signed_release_can_be_changed_unseen(signed, release, file, part, byte):
    name = named(signed, file)
    content = signed[name]
    if content:
        at = place_in(content, part)
        found = judged({**signed, name: content[:at] + bytes([content[at] ^ byte]) + content[at + 1 :]}, release)
        assert len(found) == 1, found
        assert name in found[0] or name == "manifest.json", "a line names its file"
        assert ";" in found[0], "and what to do"


def test_no_file_of_a_signed_release_can_be_missing(signed, release):
    for name in signed:
        [found] = judged({other: content for other, content in signed.items() if other != name}, release)
        assert found.startswith(f"{name} is missing") and (";" in found or "," in found)


def test_a_release_that_was_sealed_anew_by_another_hand_is_found(signed, release):
    forged = {**reseal({**release.files, "README.md": b"better numbers"}), SIGNATURE: signed[SIGNATURE]}
    assert verify(forged) == [], "every digest fits"
    assert "does not fit" in judged(forged, release)[0]
    by_stranger = {**forged, SIGNATURE: sign(forged["manifest.json"], release.name, STRANGER.secret_key)}
    assert "made with key" in judged(by_stranger, release)[0]
    assert "not known here" in judged(by_stranger, release, key=None)[0]
    assert judged(by_stranger, release, key=STRANGER) == []


def test_a_good_release_in_the_place_of_another_is_found(signed, release, site):
    """Replay: yesterday's release, with its good signature, in today's folder; or its signature on another manifest."""
    for folder in ("daily/date=2026-11-21", f"{release.name}.r2", "weekly/week=2026-W40"):
        [found] = verify_signed(signed, KEY.public_key, folder)
        assert release.name in found and "another name" in found
    other = composed(site, EDITIONS[0] if release.name.startswith("weekly") else EDITIONS[1])
    assert "does not fit" in judged({**other.files, SIGNATURE: signed[SIGNATURE]}, other)[0]
    elsewhere = sign(release.files["manifest.json"], other.name, KEY.secret_key)
    assert "something else" in judged({**signed, SIGNATURE: elsewhere}, release)[0]


def test_an_unsigned_release_is_wrong_unless_it_was_asked_for(release):
    [found] = judged(release.files, release)
    assert found.startswith(f"{SIGNATURE} is missing") and "--unsigned" in found
    assert judged(release.files, release, unsigned=True) == []
    changed = {**release.files, "README.md": b"x"}
    assert "README.md was changed" in judged(changed, release, unsigned=True)[0]


def test_unsigned_asks_nobody_to_accept_a_bad_signature(signed, release):
    assert judged(signed, release, key=STRANGER, unsigned=True) and judged(signed, release, key=None, unsigned=True)


def test_what_is_no_signature_is_told_as_such_without_a_key_too(signed, release):
    for content in (b"", signed[SIGNATURE][:-3]):
        [found] = judged({**signed, SIGNATURE: content}, release, key=None)
        assert found == f"{SIGNATURE} is no signature of minisign; fetch the release again"


def test_a_release_of_version_3_says_that_it_is_from_before_signatures(release):
    older = {
        **release.files,
        "manifest.json": release.files["manifest.json"].replace(b'version": "4"', b'version": "3"'),
    }
    sums = {**json.loads(older["manifest.json"])}["files"] + [
        {"path": "manifest.json", "sha256": sha256(older["manifest.json"]).hexdigest()}
    ]
    older["SHA256SUMS"] = "".join(f"{each['sha256']}  {each['path']}\n" for each in sums).encode()
    assert "before releases were signed" in judged(older, release)[0]
    assert judged(older, release, unsigned=True) == []
    added = {**older, SIGNATURE: sign(older["manifest.json"], release.name, STRANGER.secret_key)}
    assert verify(added), "and nobody adds a signature to one"


def test_what_else_is_in_the_folder_is_told(signed, release):
    [found] = judged(signed, release, strange=["segments.xlsx"])
    assert found.startswith("segments.xlsx is in the folder")


@pytest.mark.parametrize("path", ["../secret", "a/b", "/etc/passwd", "", ".", "..", ".hidden", "a\\b", "a b", "C:x"])
def test_a_manifest_that_names_another_place_is_not_followed(path):
    with pytest.raises(ValueError, match="another place"):
        named_files(json.dumps({"files": [{"path": path, "bytes": 1}]}).encode())


@pytest.mark.parametrize("sizes", [(16_000_001,), (16_000_000,) * 5, (0,) * 201, (10**25,)])
def test_a_manifest_that_names_more_than_a_release_has_is_not_followed(sizes):
    told = [{"path": f"t{at}", "bytes": size} for at, size in enumerate(sizes)]
    with pytest.raises(ValueError, match="more than a release has"):
        named_files(json.dumps({"files": told}).encode())
    assert named_files(json.dumps({"files": [{"path": "t", "bytes": 16_000_000}]}).encode())["t"] == 16_000_000


def test_a_text_that_unfolds_to_gigabytes_is_not_unfolded():
    """A thousandth of it stands in the file."""
    squeeze, many, zeros = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS), 30, bytes(10_000_000)
    packed, checksum = b"", 0
    for _ in range(many):
        packed, checksum = packed + squeeze.compress(zeros), zlib.crc32(zeros, checksum)
    content = GZIP_HEADER + packed + squeeze.flush() + struct.pack("<II", checksum, many * len(zeros))
    assert len(content) < 400_000
    tracemalloc.start()
    try:
        with pytest.raises(Refusal, match="more or less than its text"):
            inflated(content)
        assert tracemalloc.get_traced_memory()[1] < 3 * MOST_TEXT
    finally:
        tracemalloc.stop()


def test_a_table_that_says_it_holds_more_values_than_bytes_is_not_read():
    rows = pa.table({name: pa.nulls(200_000, pa.int64()) for name in ("visitors", "events")})
    content = as_parquet(rows)
    assert len(content) < 100_000
    with pytest.raises(Refusal, match="more than its bytes"):
        read_parquet(content)


BROKEN = [
    b"[]", b"{}", b"1", b"[" * 100_000, b'{"files": 3}', b'{"files": [{}]}', b'{"files": [{"path": "a", "bytes": Infinity}]}',
    b'{"files": [{"path": "a", "bytes": -5}]}',
]  # fmt: skip


@given(content=st.binary(max_size=60) | st.sampled_from(BROKEN))
@trials(60)
def test_no_manifest_breaks_verify(content):
    with pytest.raises(ValueError):
        named_files(content)
    for files in ({"manifest.json": content}, {"manifest.json": content, SIGNATURE: content}):
        for unsigned in (True, False):
            assert verify_signed(files, KEY.public_key, "daily/date=2026-11-20", unsigned=unsigned)
