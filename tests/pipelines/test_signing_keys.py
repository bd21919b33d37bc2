"""Keys that sign releases: one at a time, known to the ledger, destroyed when retired, and never in anybody's way."""

import itertools
import stat
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from minisign import SecretKey

import pipelines.signing_keys as signing
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.release import files
from anonymizers.releasing.signature import SIGNATURE, follows, key_id, public_text, read_public, signed_by
from anonymizers.releasing.verify import verify_signed
from anonymizers.vocabulary import DAY
from pipelines.erasure import change_rows
from pipelines.home import FIXED_TIME
from pipelines.ledger import Kind, Ledger
from pipelines.published_store import publish, read_release
from tests.anonymizers.releasing.candidates import EDITIONS
from tests.pipelines.published import Site

RELEASE = "daily/date=2026-11-20"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "home")


def secrets(site: Site) -> list[str]:
    return sorted(path.name for path in (site.home.root / "restricted" / "signing").iterdir())


def shown(site: Site) -> Mapping[str, bytes]:
    return {path.name: path.read_bytes() for path in (site.home.published / "keys").iterdir()}


def test_a_key_is_made_at_first_need_and_stays(site):
    one, other = site.keys.sign(b"{}", RELEASE), site.keys.sign(b"{}", RELEASE)
    assert one == other and key_id(site.keys.make()) == signed_by(one)
    assert secrets(site) == [f"{signed_by(one)}.key"]
    assert list(shown(site)) == [f"{signed_by(one)}.pub"]
    [told] = site.ledger.signing_keys()
    assert (told.key, told.last_day) == (signed_by(one), None)


def test_only_the_owner_may_read_the_secret_key_and_all_may_read_the_public_one(site):
    site.keys.make()
    for path in (site.home.root / "restricted").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path.name
    for path in (site.home.published, *site.home.published.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644), path.name
        assert path.stat().st_mtime == FIXED_TIME, path.name


def test_no_secret_stands_in_the_ledger_or_the_published_store(site):
    key = key_id(site.keys.make())
    secret = (site.home.root / "restricted" / "signing" / f"{key}.key").read_bytes()
    seed = bytes(SecretKey.from_bytes(secret)._keynum_sk.secret_key)
    site.keys.rotate()
    for path in (site.home.ledger, *(site.home.published / "keys").iterdir()):
        assert seed not in path.read_bytes() and seed.hex().encode() not in path.read_bytes()
        assert secret.splitlines()[1] not in path.read_bytes(), path.name


def test_a_rotation_makes_a_key_that_the_old_one_vouches_for_and_destroys_the_old_one(site):
    old = key_id(site.keys.make())
    new = key_id(site.keys.rotate())
    assert new != old and secrets(site) == [f"{new}.key"]
    assert set(shown(site)) == {f"{old}.pub", f"{new}.pub", f"{new}.pub.minisig"}
    assert follows(shown(site)[f"{new}.pub"], shown(site)[f"{new}.pub.minisig"], read_public(shown(site)[f"{old}.pub"]))
    first, last = site.ledger.signing_keys()
    assert (first.key, first.last_day) == (old, first.first_day) and (last.key, last.last_day) == (new, None)
    assert signed_by(site.keys.sign(b"{}", RELEASE)) == new
    kinds = [entry.kind for entry in site.ledger.entries()]
    assert kinds == [Kind.SIGNING_KEY_MADE, Kind.SIGNING_KEY_RETIRED, Kind.SIGNING_KEY_MADE]
    assert site.ledger.verify() == []


def test_a_retired_key_is_overwritten_before_it_goes(site, monkeypatch):
    old = key_id(site.keys.make())
    path = site.home.root / "restricted" / "signing" / f"{old}.key"
    kept = path.with_name("kept")
    kept.hardlink_to(path)
    before = kept.read_bytes()
    (site.home.root / "elsewhere").mkdir()
    kept.rename(site.home.root / "elsewhere" / "kept")
    site.keys.rotate()
    assert (site.home.root / "elsewhere" / "kept").read_bytes() != before and not path.exists()


def test_releases_of_a_retired_key_stay_good(site):
    folder = site.publish(EDITIONS[0])
    old = key_id(site.keys.make())
    site.keys.rotate()
    week = site.publish(EDITIONS[1])
    for place, key in ((folder, old), (week, key_id(site.keys.make()))):
        public = read_public(shown(site)[f"{key}.pub"])
        assert verify_signed(read_release(place, "").written, public, place.name) == []


STEPS = [
    (signing, "write_private"), (signing, "write_public"), (signing, "hand_over"), (signing, "sync_folder"), (signing, "destroy"),
    (Ledger, "record_signing_key"), (Path, "replace"),
]  # fmt: skip


@pytest.mark.parametrize("call", range(6))
@pytest.mark.parametrize("late", [False, True], ids=("before", "after"))
@pytest.mark.parametrize("of, step", STEPS, ids=[step for _, step in STEPS])
def test_a_rotation_that_is_killed_at_any_step_is_made_good(site, monkeypatch, of, step, late, call):
    """Before or after any call of any step. Whatever stands afterwards: there is one key that signs, it is the ledger's, its
    public part stands published, and whoever has the old one is led to it."""
    old = key_id(site.keys.make())
    real, calls = getattr(of, step), itertools.count()

    def dies(*words, **more):
        last = next(calls) == call
        if last and not late:
            raise KeyboardInterrupt
        made = real(*words, **more)
        if last:
            raise KeyboardInterrupt
        return made

    with monkeypatch.context() as patched:
        patched.setattr(of, step, dies)
        try:
            site.keys.rotate()
        except KeyboardInterrupt:
            killed = True
        else:
            killed = False
    assert killed is (next(calls) > call) and (killed or call > 0)
    key = signed_by(site.keys.sign(b"{}", RELEASE))
    assert [each.key for each in site.ledger.signing_keys() if each.last_day is None] == [key]
    assert secrets(site) == [f"{key}.key"] and key_id(read_public(shown(site)[f"{key}.pub"])) == key
    recorded = not killed or step == "destroy" or (step == "record_signing_key" and late)
    assert (key != old) is recorded and vouched_for(site, old)
    assert signed_by(site.keys.sign(b"{}", RELEASE)) != key_id(site.keys.rotate()) and vouched_for(site, old)


def test_a_lost_or_damaged_secret_key_signs_nothing_until_another_is_made(site):
    key = key_id(site.keys.make())
    path = site.home.root / "restricted" / "signing" / f"{key}.key"
    whole = path.read_bytes()
    other = Site(site.home.root.parent / "other")
    strange = (other.home.root / "restricted" / "signing" / f"{key_id(other.keys.make())}.key").read_bytes()
    damaged = bytearray(whole)
    damaged[-90] ^= 1 if damaged[-90] not in b"Zz9+/" else 2
    for content in (None, b"", b"\xff", strange, bytes(damaged)):
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(Refusal, match="gone or damaged; restore restricted/signing") as told:
            site.keys.sign(b"{}", RELEASE)
        assert key in str(told.value)
        assert len(site.ledger.signing_keys()) == 1, "no key is made in secret"
    path.write_bytes(whole)
    assert signed_by(site.keys.sign(b"{}", RELEASE)) == key
    path.unlink()
    for attempt in (site.keys.rotate, site.keys.make):
        with pytest.raises(Refusal, match="keys rotate --without-handover"):
            attempt()
    assert len(site.ledger.signing_keys()) == 1
    new = key_id(site.keys.rotate(without_handover=True))
    assert f"{new}.pub.minisig" not in shown(site), "nobody vouches for it"
    assert signed_by(site.keys.sign(b"{}", RELEASE)) == new


def vouched_for(site: Site, old: str) -> bool:
    """Whether every later key can be trusted by whoever has an old one, from one to the next."""
    order = [each.key for each in site.ledger.signing_keys()]
    files = shown(site)
    pairs = itertools.pairwise(order[order.index(old) :])
    return all(
        follows(files[f"{new}.pub"], files.get(f"{new}.pub.minisig", b""), read_public(files[f"{one}.pub"]))
        for one, new in pairs
    )


def test_a_key_that_cannot_be_read_just_now_is_not_lost(site):
    old = key_id(site.keys.make())
    path = site.home.root / "restricted" / "signing" / f"{old}.key"
    path.rename(site.home.root / "kept")
    path.mkdir()
    for attempt in (site.keys.rotate, site.keys.make, lambda: site.keys.sign(b"{}", RELEASE)):
        with pytest.raises(Refusal, match=r"cannot be read \(IsADirectoryError\).*try again"):
            attempt()
    path.rmdir()
    (site.home.root / "kept").rename(path)
    assert [each.key for each in site.ledger.signing_keys()] == [old]
    site.keys.rotate()
    assert vouched_for(site, old) and len(site.ledger.signing_keys()) == 2


def test_a_ledger_that_refuses_once_costs_no_key(site, monkeypatch):
    old = key_id(site.keys.make())
    real, calls = Ledger.record_signing_key, itertools.count()

    def refuses_once(*words):
        if next(calls) == 0:
            raise Refusal("ledger", Reason.STORE, "the database cannot be used this once")
        real(*words)

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "record_signing_key", refuses_once)
        with pytest.raises(Refusal, match="once"):
            site.keys.rotate()
    assert signed_by(site.keys.sign(b"{}", RELEASE)) == old and secrets(site) == [f"{old}.key"]
    site.keys.rotate()
    assert vouched_for(site, old) and len(site.ledger.signing_keys()) == 2


def test_two_rotations_at_once_follow_each_other(site):
    old = key_id(site.keys.make())
    with ThreadPoolExecutor(4) as threads:
        made = {key_id(key) for key in threads.map(lambda _: site.keys.rotate(), range(4))}
    order = [each.key for each in site.ledger.signing_keys()]
    assert len(order) == 5 and set(order) == {old, *made} and vouched_for(site, old)
    assert secrets(site) == [f"{order[-1]}.key"]


def test_a_public_key_that_was_removed_stands_again_after_the_next_signature(site):
    key = key_id(site.keys.make())
    text = (site.home.published / "keys" / f"{key}.pub").read_bytes()
    (site.home.published / "keys" / f"{key}.pub").write_bytes(b"mine")
    site.keys.sign(b"{}", RELEASE)
    assert shown(site) == {f"{key}.pub": text} and public_text(read_public(text)) == text


def test_an_erasure_leaves_keys_alone(site):
    key = key_id(site.keys.make())
    before = (site.home.root / "restricted" / "signing" / f"{key}.key").read_bytes()
    assert "signing" not in change_rows(site.home, lambda text: None)
    assert (site.home.root / "restricted" / "signing" / f"{key}.key").read_bytes() == before


def test_the_signature_is_written_right_before_success_and_is_no_part_of_the_digest(site):
    cleared = site.cleared(EDITIONS[0])
    folder = site.publish(EDITIONS[0])
    standing = read_release(folder, RELEASE)
    assert set(standing.files) == set(files(DAY)) and standing.signature is not None
    assert list(standing.written)[-2:] == [SIGNATURE, "_SUCCESS"]
    assert standing.digest == cleared.candidate.digest == site.ledger.released(RELEASE)


def test_publishing_again_changes_no_byte_even_under_another_key(site):
    folder = site.publish(EDITIONS[0])
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    site.publish(EDITIONS[0])
    site.keys.rotate()
    assert publish(site.home, site.ledger, site.cleared(EDITIONS[0])) == len(before)
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()} == before


def test_a_release_that_was_killed_while_it_was_written_is_published_with_the_same_bytes(site, monkeypatch, tmp_path):
    import pipelines.published_store as store

    written = store.write_public

    def dies(path, content):
        if path.name == "_SUCCESS":
            raise KeyboardInterrupt
        made.setdefault(path.name, content)
        written(path, content)

    made: dict[str, bytes] = {}
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(store, "write_public", dies)
        site.publish(EDITIONS[0])
    folder = site.publish(EDITIONS[0])
    assert {name: (folder / name).read_bytes() for name in made} == made and SIGNATURE in made


def test_without_its_key_nothing_is_published(site):
    key = key_id(site.keys.make())
    (site.home.root / "restricted" / "signing" / f"{key}.key").unlink()
    with pytest.raises(Refusal, match="gone or damaged"):
        site.publish(EDITIONS[0])
    assert not (site.home.published / "daily").exists() and site.ledger.released(RELEASE) is None
