"""The throw-away home of a drill: its folders, the commands that run in it as in a world of their own, and its end.

It holds a copy of real raw tables, so nobody else may enter it and it goes however the drill ends; what a killed drill
left goes at the next one.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

_PREFIX = "koond-drill-"
_OWN = ("KOOND_LEDGER_URL", "DAGSTER_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
"""Variables that would lead a command out of the throw-away home, to the real ledger first of all."""
_PROJECT = Path(__file__).parents[2]
_ENDS = (signal.SIGTERM, signal.SIGHUP)
"""What ends a drill before its time, beside Ctrl-C."""
TIMEOUT = 3_600


@dataclass(frozen=True)
class Command:
    """What a command of koond did."""

    name: str
    exit_code: int
    stdout: bytes
    stderr: bytes


@dataclass
class ThrowAway:
    """The folders of one drill, and what its commands printed."""

    root: Path
    commands: list[Command] = field(default_factory=list)
    stopped: list[int] = field(default_factory=list)
    """Signals that asked for the end."""

    @property
    def home(self) -> Path:
        """The home folder that koond runs in."""
        return self.root / "home"

    @property
    def site(self) -> Path:
        """The copy of the site folder."""
        return self.root / "site" / "site"

    @property
    def planted(self) -> Path:
        """The rows of the made-up people alone."""
        return self.root / "planted"

    @property
    def surroundings(self) -> Mapping[str, Path]:
        """What a command may write to besides its home: by the variable that leads there, and its working folder."""
        return {name: self.root / name.lower() for name in ("HOME_OF_USER", "TMPDIR", "DAGSTER_HOME", "PWD")}

    def koond(self, *words: str) -> Command:
        """Run a command of koond in a process and a world of its own."""
        self.end_if_asked()
        folders = self.surroundings
        for folder in folders.values():
            folder.mkdir(mode=0o700, exist_ok=True)
        environment = {name: value for name, value in os.environ.items() if name not in _OWN} | {
            "HOME": str(folders["HOME_OF_USER"]),
            **{name: str(folders["TMPDIR"]) for name in ("TMPDIR", "TMP", "TEMP")},
            "PWD": str(folders["PWD"]),
            "DAGSTER_HOME": str(folders["DAGSTER_HOME"]),
            "KOOND_HOME": str(self.home),
            "KOOND_SITE": str(self.site),
            "PYTHONPATH": os.pathsep.join(filter(None, (str(_PROJECT), os.environ.get("PYTHONPATH")))),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        with subprocess.Popen(
            [sys.executable, "-m", "pipelines.command_line", *words],
            cwd=folders["PWD"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        ) as process:
            try:
                stdout, stderr = process.communicate(timeout=TIMEOUT)
            finally:
                with suppress(ProcessLookupError):  # and all that it started
                    os.killpg(process.pid, signal.SIGKILL)
        self.commands.append(Command(words[0], process.returncode, stdout, stderr))
        return self.commands[-1]

    def end_if_asked(self) -> None:
        """Ends the process for a signal that came before: where a finalizer ran just then, Python lost the handler's error."""
        if self.stopped:
            raise SystemExit(128 + self.stopped[0])


@contextmanager
def throw_away() -> Iterator[ThrowAway]:
    """A throw-away home below the system's temporary folder (TMPDIR), gone afterwards, also after Ctrl-C, SIGTERM and a
    closed terminal."""
    _remove_what_was_left()
    root = Path(tempfile.mkdtemp(prefix=_PREFIX))  # 0700
    descriptor = os.open(root, os.O_RDONLY)
    place = ThrowAway(root)

    def stop(number: int, frame: FrameType | None) -> None:
        place.stopped.append(number)
        place.end_if_asked()

    in_main = threading.current_thread() is threading.main_thread()  # only there signals can be caught
    before = {number: signal.signal(number, stop) for number in _ENDS if _heeded(number)} if in_main else {}
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield place
        place.end_if_asked()
    finally:
        shutil.rmtree(root, ignore_errors=True)
        os.close(descriptor)
        for number, handler in before.items():
            signal.signal(number, handler)


def _heeded(number: int) -> bool:
    return signal.getsignal(number) is not signal.SIG_IGN  # nohup


def _remove_what_was_left() -> None:
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):  # somebody else's, or a drill that goes on
            descriptor = os.open(left, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(descriptor)
