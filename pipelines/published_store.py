"""The published store: a release appears at once and whole, or not at all, and never changes afterwards."""

import os
import shutil
from pathlib import Path
from secrets import token_hex

from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.describe import as_json
from anonymizers.releasing.gate import Cleared, admit
from anonymizers.releasing.release import SUCCESS, Release
from pipelines.home import Home
from pipelines.ledger import Kind, Ledger

_FIXED_TIME = 315_532_800  # 1980-01-01 UTC, the first that every archive format can write: times tell nothing


def publish(home: Home, ledger: Ledger, cleared: Cleared) -> int:
    """Put a cleared candidate into the published store; gives the number of files.

    The gate judges once more. A release that stands already stays as it is: the same bytes are no news, other bytes are
    refused (`Reason.FINAL`).
    """
    release = admit(cleared.candidate, cleared.evidence)
    folder = home.published / release.name
    if ledger.released(release.name) not in (None, release.digest):
        raise Refusal(
            "published_release", Reason.FINAL, f"{release.name} was released with other bytes; it stays as it was"
        )
    if folder.exists():
        if read_release(folder, release.name).digest != release.digest:
            raise Refusal(
                "published_release", Reason.FINAL, f"{release.name} stands with other bytes; it stays as it is"
            )
        _record_once(ledger, release)
        return len(release.files)
    half = home.restricted("publishing") / token_hex(8)
    half.mkdir()
    try:
        for name, content in release.files.items():
            _write(half / name, content)
        half.chmod(0o755)
        os.utime(half, (_FIXED_TIME, _FIXED_TIME))
        folder.parent.mkdir(parents=True, exist_ok=True)
        parents = (home.published, *folder.parents[: len(Path(release.name).parts) - 1])
        for parent in parents:
            parent.chmod(0o755)
        half.rename(folder)
        for parent in parents:  # when a night was over tells how much it had to count
            os.utime(parent, (_FIXED_TIME, _FIXED_TIME))
        _sync(folder.parent)
    finally:
        shutil.rmtree(half, ignore_errors=True)
    _record_once(ledger, release)
    return len(release.files)


def record_what_stands(home: Home, ledger: Ledger) -> None:
    """Make good what a run left that was killed while it published: a half-written folder goes, and a release that
    appeared before the ledger could say so is written down. Only for the one run that goes on in this home."""
    for half in home.restricted("publishing").iterdir():
        shutil.rmtree(half)
    for folder in sorted(home.published.glob("*/*")):
        name = folder.relative_to(home.published).as_posix()
        if (folder / SUCCESS).exists() and ledger.draws(name) and ledger.released(name) is None:
            ledger.record_release(name, read_release(folder, name).digest)


def tell_what_is_wrong(home: Home, ledger: Ledger) -> None:
    """Beside each release that is marked wrong, a notice for its readers: `date=2026-11-21.wrong.json`. The release itself
    stays as it was."""
    for entry in ledger.entries():
        if entry.kind == Kind.MARKED and entry.told["state"] == "wrong":
            notice = home.published / f"{entry.release}.wrong.json"
            if not notice.exists():
                told = {"release": entry.release, "state": "wrong", "reason": entry.told["reason"]}
                _write(notice, as_json(told))
                os.utime(notice.parent, (_FIXED_TIME, _FIXED_TIME))


def read_release(folder: Path, name: str) -> Release:
    """The files of a release folder."""
    return Release(name, {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()})


def _record_once(ledger: Ledger, release: Release) -> None:
    if ledger.released(release.name) is None:
        ledger.record_release(release.name, release.digest)


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(0o644)
    os.utime(path, (_FIXED_TIME, _FIXED_TIME))


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
