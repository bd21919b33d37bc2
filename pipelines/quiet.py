"""What a process itself could tell beside its steps: core dumps, errors that nobody could catch, and what compiled code prints.

Python's own ways out of a step are closed in `assets/silence.py`; here are those that belong to the whole process.
"""

import os
import resource
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import UnsupportedOperation
from typing import Any

from assets.silence import class_name


def withhold_errors() -> None:
    """From now on this process leaves no core dump, and tells an error in a finalizer or a thread by its class alone.

    Python prints such errors with their message, and with the object that they came from; and they come when they will,
    long after the step that held the rows.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    sys.unraisablehook = threading.excepthook = _tell_class


@contextmanager
def quiet_descriptors() -> Iterator[None]:
    """What compiled code and child processes print goes nowhere; what Python prints goes where it went.

    A panic in a compiled library prints its message past Python, and a Java machine its log.
    """
    with ExitStack() as stack:
        for name, number in (("stdout", 1), ("stderr", 2)):
            stack.enter_context(_python_alone(name, number))
        yield


@contextmanager
def _python_alone(name: str, number: int) -> Iterator[None]:
    stream = getattr(sys, name)
    stream.flush()
    kept = os.dup(number)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
    with os.fdopen(os.dup(kept), "w", buffering=1, encoding="utf-8", errors="replace") as own:
        if _descriptor(stream) == number:
            setattr(sys, name, own)
        try:
            yield
        finally:
            setattr(sys, name, stream)
            os.dup2(kept, number)
            os.close(kept)


def _descriptor(stream: Any) -> int | None:
    try:
        return int(stream.fileno())
    except (UnsupportedOperation, AttributeError, ValueError):
        return None  # a test or an embedding program listens, not the terminal


def _tell_class(args: Any) -> None:
    sys.stderr.write(f"{class_name(args.exc_type)} that nobody could catch; its message is withheld\n")
