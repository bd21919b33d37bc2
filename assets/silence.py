"""What may be told about a step: counts, names of columns, and refusals. Dagster keeps all it is told for ever."""

import gc
import logging
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import wraps
from inspect import isgeneratorfunction
from io import TextIOBase
from traceback import extract_tb
from typing import Any, TypeVar

import dagster as dg

from anonymizers.refusal import Refusal

Step = TypeVar("Step", bound=Callable[..., Any])

_LETS_THROUGH = (KeyboardInterrupt, dg.DagsterExecutionInterruptedError)
"""By their class alone, without what they hold. A step may not end the process, so SystemExit is an error like any other."""
_COLUMN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,60}")


def counts(numbers: Mapping[str, int | float]) -> dict[str, dg.MetadataValue]:
    """Metadata that the UI plots over partitions. Refuses anything but a number under a plain name."""
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int | float) or not _COLUMN_NAME.fullmatch(name):
            raise TypeError("metadata may hold numbers under plain names only")
    return {
        name: dg.MetadataValue.int(number) if isinstance(number, int) else dg.MetadataValue.float(number)
        for name, number in numbers.items()
    }


def column_names(names: Iterable[str]) -> dg.MetadataValue:
    """Metadata that lists columns. A name that does not look like one is counted and not shown: it may be a value."""
    given = list(names)
    shown = sorted(name for name in given if _COLUMN_NAME.fullmatch(name))
    hidden = [f"and {len(given) - len(shown)} more with unusual names"] if len(shown) < len(given) else []
    return dg.MetadataValue.text(", ".join(shown + hidden) or "none")


def silent(step: Step) -> Step:
    """Lets nothing out of a step but what it returns: no message and no chain of an exception, no warning, no log line of a
    library, nothing printed, for rows stand in all of them (measured on pandas and Arrow).

    A Refusal keeps its sentence, which holds no value by its own rule; of any other exception the class and the place
    in the code remain. Either ends the run without another attempt.
    """
    if isgeneratorfunction(step):

        @wraps(step)
        def walk(*args: Any, **kwargs: Any) -> Iterator[Any]:
            steps, end = step(*args, **kwargs), object()
            try:
                while (given := _in_silence(lambda: next(steps, end))) is not end:
                    yield given
            finally:
                _in_silence(steps.close)

        return walk  # type: ignore[return-value]

    @wraps(step)
    def call(*args: Any, **kwargs: Any) -> Any:
        return _in_silence(lambda: step(*args, **kwargs))

    return call  # type: ignore[return-value]


def _in_silence(action: Callable[[], Any]) -> Any:
    with _quiet():
        try:
            return action()
        except _LETS_THROUGH as error:
            withheld: BaseException = next(kind for kind in _LETS_THROUGH if isinstance(error, kind))()
        except BaseException as error:  # a panic in a compiled library is no Exception, and quotes its input
            withheld = dg.Failure(_told(error), allow_retries=False)
        gc.collect()  # what the error kept alive may itself fail as it goes, and say so
    raise withheld


class _Nowhere(TextIOBase):
    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        return len(text)


@contextmanager
def _quiet() -> Iterator[None]:
    nowhere, disabled = _Nowhere(), logging.root.manager.disable
    logging.disable(sys.maxsize)
    try:
        with warnings.catch_warnings(), redirect_stdout(nowhere), redirect_stderr(nowhere):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)


def _told(error: BaseException) -> str:
    """Asks the error nothing but its type, for an error may answer with what it holds."""
    kind, traceback = type(error), sys.exc_info()[2]
    if kind is Refusal:
        return str(error)
    place = extract_tb(traceback)[-1]
    return f"{class_name(kind)} in {place.name}, line {place.lineno}; its message is withheld, for it may show rows"


def class_name(kind: type[BaseException]) -> str:
    """The name by which an error's class stands in its module; a class made on the way may be called anything."""
    named = getattr(sys.modules.get(str(kind.__module__)), kind.__name__, None) is kind
    return kind.__name__ if named else "an error"
