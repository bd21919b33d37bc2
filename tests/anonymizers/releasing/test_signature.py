"""Who signed a release: the same bytes every time; no other release, key or words; and the standard tool agrees."""

import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from minisign import KeyPair, PublicKey, SecretKey

from anonymizers.refusal import Refusal
from anonymizers.releasing.readme import CHECK_FILES
from anonymizers.releasing.signature import (
    follows,
    hand_over,
    key_id,
    partner_of,
    public_line,
    public_text,
    read_public,
    sign,
    signed_by,
    wrong_signature,
)
from tests.anonymizers.trials import trials

DAY, OTHER = "daily/date=2026-11-20", "daily/date=2026-11-20.r2"
ONE, TWO, THREE = KeyPair.generate(), KeyPair.generate(), KeyPair.generate()
MANIFESTS = st.binary(max_size=200)


def key_of(pair: KeyPair) -> SecretKey:
    return pair.secret_key


@given(manifest=MANIFESTS)
@trials(30)
def test_the_same_manifest_and_key_give_the_same_bytes_and_they_fit(manifest):
    made = sign(manifest, DAY, key_of(ONE))
    assert made == sign(manifest, DAY, SecretKey.from_bytes(bytes(key_of(ONE))))
    assert wrong_signature(made, manifest, DAY, ONE.public_key) == []
    assert signed_by(made) == key_id(ONE.public_key)


def test_it_says_the_release_and_neither_time_nor_place():
    first, _, comment, _, end = sign(b"{}", DAY, key_of(ONE)).decode().split("\n")
    assert (first, comment, end) == (
        "untrusted comment: signature by koond",
        f"trusted comment: koond release {DAY}",
        "",
    )


@given(manifest=MANIFESTS, place=st.floats(0, 1), change=st.integers(1, 255))
@example(manifest=b"{}", place=1.0, change=ord("\n") ^ ord("\r"))
@trials(200)
def test_no_byte_of_a_signature_can_be_changed_unseen(manifest, place, change):
    made = sign(manifest, DAY, key_of(ONE))
    at = min(int(place * len(made)), len(made) - 1)
    changed = made[:at] + bytes([made[at] ^ change]) + made[at + 1 :]
    assert len(wrong_signature(changed, manifest, DAY, ONE.public_key)) == 1


@given(piece=st.binary(min_size=1, max_size=3), place=st.floats(0, 1))
@example(piece=b"\n", place=1.0)
@trials(60)
def test_nothing_can_be_put_into_a_signature_or_taken_out_of_it(piece, place):
    made = sign(b"{}", DAY, key_of(ONE))
    at = round(place * len(made))
    for changed in (made[:at] + piece + made[at:], made[:at] + made[at + len(piece) :]):
        assert changed == made or wrong_signature(changed, b"{}", DAY, ONE.public_key)


def test_a_signature_of_another_release_manifest_or_key_does_not_fit():
    made = sign(b"{}", DAY, key_of(ONE))
    assert "made for something else" in wrong_signature(made, b"{}", OTHER, ONE.public_key)[0]
    assert "does not fit" in wrong_signature(made, b"{ }", DAY, ONE.public_key)[0]
    [told] = wrong_signature(made, b"{}", DAY, TWO.public_key)
    assert key_id(ONE.public_key) in told and key_id(TWO.public_key) in told


PART = b'{"delivery": {"partner": "solar_shop"}}'


def test_a_part_says_whose_it_is_and_fits_neither_the_whole_nor_anybody_elses():
    made = sign(PART, DAY, key_of(ONE))
    assert made.decode().splitlines()[2] == f"trusted comment: koond delivery {DAY} for solar_shop"
    assert wrong_signature(made, PART, DAY, ONE.public_key) == [] and partner_of(PART) == "solar_shop"
    for comment in (
        f"koond release {DAY}",
        f"koond delivery {DAY} for heat_shop",
        f"koond delivery {OTHER} for solar_shop",
    ):
        other = bytes(key_of(ONE).sign(PART, untrusted_comment="signature by koond", trusted_comment=comment)) + b"\n"
        assert "made for something else" in wrong_signature(other, PART, DAY, ONE.public_key)[0]
    for whole in (b"{}", b"", b"[]", b"3", b'{"delivery": 3}', b'{"delivery": {}}', b"[" * 100_000):
        assert partner_of(whole) is None


def test_a_key_with_the_id_of_another_is_another():
    """An id is eight bytes that anybody may write into a key of one's own."""
    stolen = bytearray(bytes(key_of(TWO)))
    mine = SecretKey.from_bytes(bytes(stolen))
    mine._keynum_sk.key_id[:] = key_of(ONE)._keynum_sk.key_id
    made = sign(b"{}", DAY, mine)
    assert signed_by(made) == key_id(ONE.public_key)
    assert "does not fit" in wrong_signature(made, b"{}", DAY, ONE.public_key)[0]


def test_a_key_vouches_for_its_successor_alone():
    handed = hand_over(TWO.public_key, key_of(ONE))
    assert follows(public_text(TWO.public_key), handed, ONE.public_key)
    assert not follows(public_text(THREE.public_key), handed, ONE.public_key)
    assert not follows(public_text(TWO.public_key), handed, THREE.public_key)
    assert not follows(b"no key", handed, ONE.public_key)
    assert not follows(public_text(TWO.public_key), sign(public_text(TWO.public_key), DAY, key_of(ONE)), ONE.public_key)


def test_a_public_key_is_read_as_a_file_or_as_its_line():
    text = public_text(ONE.public_key)
    assert len(public_line(ONE.public_key)) == 56 and public_line(ONE.public_key).encode() == text.splitlines()[1]
    for written in (text, text.splitlines()[1], text.strip(), text.splitlines()[1] + b"\n"):
        assert read_public(written) == ONE.public_key == PublicKey.from_bytes(text)
    for wrong in (b"", b"x", text[:-4], b"\xff\xfe", bytes(key_of(ONE))):
        with pytest.raises(Refusal, match="no public key"):
            read_public(wrong)


def test_the_tool_called_minisign_reads_keys_and_signatures_and_shows_the_same_id(tmp_path: Path):
    """Where the tool is not installed, the library alone is the judge, and this test says so."""
    tool = shutil.which("minisign")
    if tool is None:
        print("minisign is not installed here: only the library judged the signatures")
        assert wrong_signature(sign(b"{}", DAY, key_of(ONE)), b"{}", DAY, ONE.public_key) == []
        return
    (tmp_path / "manifest.json").write_bytes(b"{}")
    (tmp_path / "manifest.json.minisig").write_bytes(sign(b"{}", DAY, key_of(ONE)))
    for pair in (ONE, TWO):
        (tmp_path / "key.pub").write_bytes(public_text(pair.public_key))
        told = subprocess.run(
            [tool, "-Vm", "manifest.json", "-p", "key.pub"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (told.returncode == 0) is (pair is ONE)
        if pair is ONE:
            assert f"Trusted comment: koond release {DAY}" in told.stdout
        else:
            ids = [key_id(each.public_key).lstrip("0") for each in (ONE, TWO)]  # the tool leaves out zeros in front
            assert ids[0] in told.stderr and ids[1] in told.stderr


def test_the_commands_of_the_readme_find_a_forged_table_whatever_the_sums_say(release, tmp_path: Path):
    """Whoever forges a table forges `SHA256SUMS` too, which nobody signs; so files are judged by the manifest, which is."""
    assert f"    {CHECK_FILES}\n".encode() in release.files["README.md"]
    for name, content in release.files.items():
        (tmp_path / name).write_bytes(content)

    def succeeds(command: str) -> bool:
        return subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True).returncode == 0

    assert succeeds(CHECK_FILES)
    forged = b"\x00" + release.files["segments.parquet"][1:]
    (tmp_path / "segments.parquet").write_bytes(forged)
    sums = release.files["SHA256SUMS"].decode()
    old, new = (sha256(each).hexdigest() for each in (release.files["segments.parquet"], forged))
    (tmp_path / "SHA256SUMS").write_text(sums.replace(old, new))
    assert succeeds("sha256sum --check SHA256SUMS") and not succeeds(CHECK_FILES)
