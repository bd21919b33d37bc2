"""The published store: a release appears at once and whole, or not at all, and never changes afterwards."""

import json
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from anonymizers.delivering.key_file import KeyFile
from anonymizers.delivering.notice import Notice
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.gate import Cleared, admit
from anonymizers.releasing.release import SUCCESS, Release
from anonymizers.releasing.signature import KEYS, MANIFEST, SIGNATURE, read_public, signed_by, wrong_signature
from pipelines.home import FIXED_TIME, Home, put_public, sync_folder, write_public
from pipelines.ledger import Kind, Ledger
from pipelines.ledger.signing import SigningKey
from pipelines.ledger.waiting import marked_wrong
from pipelines.signing_keys import SigningKeyStore


def publish(home: Home, ledger: Ledger, cleared: Cleared) -> int:
    """Put a cleared candidate into the published store, signed by the key of today; gives the number of files.

    The gate judges once more. A release that stands already stays as it is, with its signature: the same bytes are no news,
    other bytes are refused (`Reason.FINAL`).
    """
    release = admit(cleared.candidate, cleared.evidence)
    folder = home.published / release.name
    if ledger.released(release.name) not in (None, release.digest):
        raise Refusal(
            "published_release", Reason.FINAL, f"{release.name} was released with other bytes; it stays as it was"
        )
    if folder.exists():
        standing = read_release(folder, release.name)
        if standing.digest != release.digest:
            raise Refusal(
                "published_release", Reason.FINAL, f"{release.name} stands with other bytes; it stays as it is"
            )
        _record_once(ledger, release)
        return len(standing.written)
    signature = SigningKeyStore(home, ledger).sign(release.files[MANIFEST], release.name)
    written = replace(release, signature=signature).written
    half = home.restricted("publishing") / token_hex(8)
    half.mkdir()
    try:
        for name, content in written.items():
            write_public(half / name, content)
        half.chmod(0o755)
        os.utime(half, (FIXED_TIME, FIXED_TIME))
        folder.parent.mkdir(parents=True, exist_ok=True)
        parents = (home.published, *folder.parents[: len(Path(release.name).parts) - 1])
        for parent in parents:
            parent.chmod(0o755)
        half.rename(folder)
        for parent in parents:  # when a night was over tells how much it had to count
            os.utime(parent, (FIXED_TIME, FIXED_TIME))
        sync_folder(folder.parent)
    finally:
        shutil.rmtree(half, ignore_errors=True)
    _record_once(ledger, release)
    return len(written)


def refuse_another_site(home: Home, site: str) -> None:
    """Refuse (`Reason.SITE_FOLDER`) a home where releases of other sites stand, and none of this one."""
    others = 0
    for manifest in sorted(home.published.glob(f"*/*/{MANIFEST}"), reverse=True):
        with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
            if json.loads(manifest.read_bytes())["site"] == site:
                return
            others += 1
    if others:
        raise Refusal(
            "site",
            Reason.SITE_FOLDER,
            f"{others} release(s) of another site stand in this home, and none of {site}; see that --site and --home belong "
            "together: each site has a home of its own",
        )


def record_what_stands(home: Home, ledger: Ledger) -> None:
    """Make good what a run left that was killed while it published: a half-written folder goes, a release that appeared
    before the ledger could say so is written down, and notices are put right. Only for the one run that goes on in this
    home."""
    for half in home.restricted("publishing").iterdir():
        shutil.rmtree(half)
    for folder in sorted(home.published.glob("*/*")):
        name = folder.relative_to(home.published).as_posix()
        if (folder / SUCCESS).exists() and ledger.draws(name) and ledger.released(name) is None:
            ledger.record_release(name, read_release(folder, name).digest)
    with suppress(Refusal):  # it stops no release; the catalogue tells it
        tell_what_is_wrong(home, ledger)


def tell_what_is_wrong(home: Home, ledger: Ledger) -> None:
    """Beside each release that is marked wrong, a notice for its readers: `date=2026-11-21.wrong.json`. The release itself
    stays as it was. Refuses (`Reason.STORE`) when one cannot be written, after all others were."""
    failed = []
    with home.alone("telling"):
        halves = home.restricted("telling")
        for left in halves.iterdir():  # by a run that was killed
            left.unlink()
        for release, reason in marked_wrong(ledger.entries()).items():
            notice = Notice(release, reason)
            try:
                put_public(home.published / notice.path, notice.content, halves)
            except OSError as error:
                failed.append(type(error).__name__)
    if failed:
        raise Refusal(
            "published_release",
            Reason.STORE,
            f"{len(failed)} notice(s) that a release is wrong cannot be written ({failed[0]}); see that published/ has room "
            "and can be written, then run koond catalogue",
        )


def read_release(folder: Path, name: str) -> Release:
    """The files of a release folder, and its signature apart."""
    found = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    signature = found.pop(SIGNATURE, None)
    return Release(name, found, signature)


def refuse_unless_signed(home: Home, ledger: Ledger, release: Release) -> None:
    """Refuse (`Reason.GATE`) a release that no key of the ledger has signed. One without a signature passes if it was
    published before there was any key."""
    if release.signature is None:
        entries = ledger.entries()
        first = next((entry.number for entry in entries if entry.kind == Kind.SIGNING_KEY_MADE), len(entries) + 1)
        if any(entry.kind == Kind.RELEASED and entry.release == release.name for entry in entries[: first - 1]):
            return
    elif is_signed(home, ledger.signing_keys(), release):
        return
    raise Refusal(
        "delivery",
        Reason.GATE,
        f"{SIGNATURE} of {release.name} is not by a key of this site's ledger, or published/{KEYS} lacks the key; restore "
        "both from a backup",
    )


def is_signed(home: Home, keys: Sequence[SigningKey], release: Release) -> bool:
    """Whether one of these keys of the ledger has signed the release's manifest, the one file of it that is read here."""
    made, maker = {key.key: key.fingerprint for key in keys}, signed_by(release.signature or b"")
    file = home.published / KEYS / f"{maker}.pub"
    shown = file.read_bytes() if maker in made and file.is_file() else b""
    return sha256(shown).hexdigest() == made.get(maker or "") and not wrong_signature(
        release.signature or b"", release.files[MANIFEST], release.name, read_public(shown)
    )


def read_keys(home: Home, ledger: Ledger, signature: bytes | None) -> Sequence[KeyFile]:
    """The public files by which a signature can be judged, the oldest first: the keys that handed over to one another up to
    the one that made it, and their handovers. Refuses (`Reason.GATE`) a key that stands published other than the ledger has
    it; none for what no key of the ledger made."""
    made, found = {key.key: key.fingerprint for key in ledger.signing_keys()}, list[KeyFile]()
    wanted = signed_by(signature) if signature else None
    while wanted in made:
        file = home.published / KEYS / f"{wanted}.pub"
        key, handover = (each.read_bytes() if each.is_file() else b"" for each in (file, Path(f"{file}.minisig")))
        if sha256(key).hexdigest() != made.pop(wanted):
            raise Refusal(
                "delivery",
                Reason.GATE,
                f"published/{KEYS} lacks the key {wanted} of the ledger; restore it from a backup",
            )
        told = [KeyFile(f"{KEYS}/{file.name}", key)]
        wanted = signed_by(handover)
        found = [*told, *([KeyFile(f"{KEYS}/{file.name}.minisig", handover)] if wanted else []), *found]
    return found


def _record_once(ledger: Ledger, release: Release) -> None:
    if ledger.released(release.name) is None:
        ledger.record_release(release.name, release.digest)
