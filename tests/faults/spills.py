"""How a step can spill what it holds: errors of every kind, and all else that says something beside them.

Each is put in the place of one function of the night; each holds all planted values.
"""

import logging
import os
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import dagster as dg

from anonymizers.refusal import Reason, Refusal
from tests.faults.planted import PLANTED, spilled

Spill = Callable[..., Any]


class Panic(BaseException):
    """How a panic in a compiled library arrives: not an Exception, its input in the message."""


class Hostile(Exception):
    """An error that answers every question with what it holds, or with another error that does."""

    def __str__(self) -> str:
        raise ValueError(spilled())

    def __repr__(self) -> str:
        return spilled(1)

    def __getattribute__(self, name: str) -> Any:
        return (
            spilled(2) if name in ("__traceback__", "__class__", "sentence", "step") else super().__getattribute__(name)
        )


class Lingering:
    """An object that fails as it goes, with all that it holds; a circle keeps it until it is collected."""

    def __init__(self) -> None:
        self.me = self

    def __repr__(self) -> str:
        return spilled(3)

    def __del__(self) -> None:
        raise ValueError(spilled(4))


def chained(*words: Any, **more: Any) -> NoReturn:
    """As libraries raise: rows in the message, in notes, and in the chain."""
    row = dict(PLANTED)
    try:
        raise KeyError(spilled(5))
    except KeyError as cause:
        error = ValueError(f"could not convert row {row}")
        error.add_note(spilled(6))
        raise error from cause


def while_another_is_told(*words: Any, **more: Any) -> NoReturn:
    """A second error while the first is handled."""
    try:
        raise UnicodeDecodeError("utf-8", spilled().encode(), 0, 1, spilled(7))
    except UnicodeDecodeError:
        return {}[spilled(8)]


def panicking(*words: Any, **more: Any) -> NoReturn:
    """Past every `except Exception`."""
    raise Panic(f"called `unwrap()` on {spilled()}")


def hostile(*words: Any, **more: Any) -> NoReturn:
    """Whoever asks it, is told."""
    raise Hostile(spilled())


def in_a_group(*words: Any, **more: Any) -> NoReturn:
    """Several at once."""
    raise ExceptionGroup(spilled(), [ValueError(spilled(1)), Hostile()])


def of_a_class_by_a_persons_name(*words: Any, **more: Any) -> NoReturn:
    """A class that was made on the way."""
    raise type(PLANTED["person 0: name"], (Exception,), {"__module__": spilled()})(spilled())


def leaving_the_process(*words: Any, **more: Any) -> NoReturn:
    """As a tool for the command line ends."""
    sys.exit(spilled())


def refusing_with_a_chain(*words: Any, **more: Any) -> NoReturn:
    """A clean sentence, and behind it the error that is not."""
    try:
        raise ValueError(spilled())
    except ValueError as cause:
        refusal = Refusal("step", Reason.ENGINE, "one thing cannot be read; mend it")
        refusal.add_note(spilled(2))
        raise refusal from cause


def failing_as_dagster_does(*words: Any, **more: Any) -> NoReturn:
    """Dagster's own failure, which Dagster would show with its metadata."""
    raise dg.Failure(spilled(), metadata={"row": dg.MetadataValue.text(spilled(1))}, allow_retries=True)


def asking_for_a_retry(*words: Any, **more: Any) -> NoReturn:
    """Dagster's own wish for another attempt, with the error behind it."""
    try:
        raise ValueError(spilled())
    except ValueError as cause:
        raise dg.RetryRequested(max_retries=3) from cause


def chatter() -> None:
    """All that says something without an error: warnings, logs, prints, threads, finalizers, compiled code, children."""
    warnings.warn(spilled(), stacklevel=1)
    library = logging.getLogger("some.library")
    if not library.handlers:
        library.addHandler(logging.FileHandler(Path(tempfile.gettempdir()) / "library.log"))
    library.warning("row %s", spilled(1))
    logging.getLogger().error(spilled(2))
    logging.getLogger("dagster").critical(spilled(3))
    try:
        raise ValueError(spilled())
    except ValueError:
        library.exception("while reading")
    print(spilled(4))
    sys.stderr.write(spilled(5))
    os.write(1, spilled(6).encode())
    os.write(2, spilled(7).encode())
    subprocess.run([sys.executable, "-S", "-c", f"print({spilled(8)!r})"], check=False)
    thread = threading.Thread(target=chained)
    thread.start()
    thread.join()
    for tenth in range(10):  # long after the step
        threading.Timer(tenth / 10, chained).start()
    Lingering()


def forget_handlers() -> None:
    """As if the library had never logged, so that the next night's log is in that night's folder."""
    library = logging.getLogger("some.library")
    for handler in list(library.handlers):
        library.removeHandler(handler)
        handler.close()


def chatting_and_failing(*words: Any, **more: Any) -> NoReturn:
    """All of that, and then an error."""
    chatter()
    chained()


SPILLS: Mapping[str, Spill] = {
    spill.__name__.replace("_", " "): spill
    for spill in (
        chained,
        while_another_is_told,
        panicking,
        hostile,
        in_a_group,
        of_a_class_by_a_persons_name,
        leaving_the_process,
        refusing_with_a_chain,
        failing_as_dagster_does,
        asking_for_a_retry,
        chatting_and_failing,
    )
}


def chatting(step: Callable[..., Any]) -> Callable[..., Any]:
    """The same step, which says all it can and then does what it did."""

    def talk(*words: Any, **more: Any) -> Any:
        chatter()
        return step(*words, **more)

    return talk
