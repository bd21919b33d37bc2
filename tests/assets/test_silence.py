"""What `silent` lets out of a step: what it returns; of an error the class and the place, of an interruption the class alone."""

import logging
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg
import pytest

from anonymizers.refusal import Reason, Refusal
from assets.silence import class_name, silent
from tests.faults.outside import SOUGHT
from tests.faults.planted import spilled
from tests.faults.spills import SPILLS, Spill, chained


def at_once(spill: Spill) -> Callable[[], Any]:
    @silent
    def step() -> Any:
        return spill()

    return step


def before_the_first(spill: Spill) -> Callable[[], Any]:
    @silent
    def steps() -> Iterator[int]:
        spill()
        yield 1

    return lambda: list(steps())


def between_two(spill: Spill) -> Callable[[], Any]:
    @silent
    def steps() -> Iterator[int]:
        yield 1
        spill()
        yield 2

    return lambda: list(steps())


def while_it_is_closed(spill: Spill) -> Callable[[], Any]:
    @silent
    def steps() -> Iterator[int]:
        try:
            yield 1
        finally:
            spill()

    def close() -> None:
        made = steps()
        next(made)
        made.close()  # type: ignore[attr-defined]

    return close


@pytest.mark.parametrize("where", [at_once, before_the_first, between_two, while_it_is_closed])
@pytest.mark.parametrize("spill", [spill for spill in SPILLS if "chatting" not in spill])
def test_p3_of_any_error_the_class_and_the_place_remain_and_no_chain(where, spill, capfd):
    with pytest.raises(dg.Failure) as caught:
        where(SPILLS[spill])()
    failure = caught.value
    assert failure.allow_retries is False and not failure.metadata
    assert failure.__cause__ is None and not hasattr(failure, "__notes__")
    # Closing raises inside the exit of the generator, which holds nothing.
    assert failure.__context__ is None or type(failure.__context__) is GeneratorExit
    whole = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value)) + repr(caught.value.args)
    assert not SOUGHT.labels_in(whole)
    printed = capfd.readouterr()
    assert not SOUGHT.labels_in(printed.out + printed.err)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, dg.DagsterExecutionInterruptedError])
def test_p3_an_interruption_passes_as_one_and_without_what_it_holds(kind):
    def interrupted() -> None:
        try:
            chained()
        except ValueError:
            raise kind(spilled())  # noqa: B904

    for where in (at_once, between_two):
        with pytest.raises(kind) as caught:
            where(interrupted)()
        assert caught.value.args == () and caught.value.__context__ is None and caught.value.__cause__ is None


def test_a_refusal_keeps_its_sentence():
    refusal = Refusal("strip", Reason.ENGINE, "three files cannot be read; mend them")

    def refuse() -> None:
        raise refusal

    with pytest.raises(dg.Failure) as caught:
        at_once(refuse)()
    assert caught.value.description == str(refusal)


def test_what_a_step_gives_comes_through_and_its_surroundings_are_as_they_were():
    @silent
    def told(*numbers: int, last: int) -> list[int]:
        return [*numbers, last]

    @silent
    def each() -> Iterator[int]:
        yield from (1, 2, 3)

    before = sys.stdout, sys.stderr, logging.root.manager.disable, list(warnings.filters)
    assert told(1, 2, last=3) == [1, 2, 3] == list(each())
    made = each()
    assert next(made) == 1
    assert (sys.stdout, sys.stderr, logging.root.manager.disable, list(warnings.filters)) == before, (
        "between two steps too"
    )
    assert told.__name__ == "told" and each.__name__ == "each"


def test_a_class_is_named_where_its_module_knows_it_and_not_else():
    assert class_name(ValueError) == "ValueError" and class_name(Refusal) == "Refusal"
    assert class_name(type("Mari Maasikas", (Exception,), {})) == "an error"
    assert class_name(type("ValueError", (Exception,), {"__module__": "builtins"})) == "an error"


def test_an_interruption_with_a_class_of_its_own_passes_as_the_plain_one():
    class Interrupted(KeyboardInterrupt):
        def __init__(self, what: str) -> None:
            super().__init__(what)

    @silent
    def step() -> None:
        raise Interrupted("mari@marked.example")

    with pytest.raises(KeyboardInterrupt) as passed:
        step()
    assert type(passed.value) is KeyboardInterrupt
    assert "marked" not in "".join(traceback.format_exception(passed.value))
