"""What may be told about a step: counts, names of columns, and refusals. Dagster keeps all it is told for ever."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from inspect import isgeneratorfunction
from traceback import extract_tb
from typing import Any, TypeVar

import dagster as dg

from anonymizers.refusal import Refusal

Step = TypeVar("Step", bound=Callable[..., Any])

_LETS_THROUGH = (KeyboardInterrupt, SystemExit, GeneratorExit, dg.DagsterExecutionInterruptedError)
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
    """Lets no exception of a step pass with its message or its chain: rows stand in both (measured on pandas and Arrow).

    A Refusal keeps its sentence, which holds no value by its own rule; of any other exception the class and the place
    in the code remain. Either ends the run without another attempt.
    """
    if isgeneratorfunction(step):

        @wraps(step)
        def walk(*args: Any, **kwargs: Any) -> Iterator[Any]:
            failure = None
            try:
                yield from step(*args, **kwargs)
            except dg.Failure as told:
                failure = told.description or "failed"
            except _LETS_THROUGH:
                raise
            except BaseException as error:  # a panic in a compiled library is no Exception, and quotes its input
                failure = _told(error)
            if failure is not None:
                raise dg.Failure(failure, allow_retries=False)

        return walk  # type: ignore[return-value]

    @wraps(step)
    def call(*args: Any, **kwargs: Any) -> Any:
        failure = None
        try:
            return step(*args, **kwargs)
        except _LETS_THROUGH:
            raise
        except BaseException as error:
            failure = _told(error)
        raise dg.Failure(failure, allow_retries=False)

    return call  # type: ignore[return-value]


def _told(error: BaseException) -> str:
    if isinstance(error, Refusal):
        return str(error)
    place = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {place.name}, line {place.lineno}; its message is withheld, for it may show rows"
