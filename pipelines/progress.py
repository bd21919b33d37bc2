"""A Dagster logger for people who wait: a line for each step that finished or failed, and for each check that warns."""

import logging
import sys

import dagster as dg

from assets.outside import NOTHING_OUTSIDE


class _StepLines(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "dagster_meta", {}).get("dagster_event")
        if event is None:
            return
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            self._warn(event.asset_check_evaluation_data)
        if event.is_step_success:
            seconds = event.step_success_data.duration_ms / 1000
            sys.stderr.write(f"  {event.step_key:<26}{seconds:6.1f} s\n")
        if event.is_step_failure:
            sys.stderr.write(f"  {event.step_key:<26}failed: {why_failed(event)}\n")

    def _warn(self, found: dg.AssetCheckEvaluation) -> None:
        """What blocks ends the run, which says so itself; of the rest nobody would know but in the UI."""
        if found.check_name == NOTHING_OUTSIDE:
            _tell_of_what_stands_outside(found)
            return
        if not found.passed and not found.blocking and found.description:
            sys.stderr.write(f"  {found.description}\n")


def why_failed(event: dg.DagsterEvent) -> str:
    """The sentence of a step's failure; of an error that `silent` did not see, no more than that it failed."""
    failure = event.step_failure_data.user_failure_data
    return (failure.description if failure else None) or f"{event.step_key} failed"


def _tell_of_what_stands_outside(check: dg.AssetCheckEvaluation) -> None:
    if not check.passed:
        found = {name: told.value for name, told in check.metadata.items()}
        sys.stderr.write(
            f"  outside the restricted store: {found['values_found']} personal value(s) of the night, {found['look_personal']}"
            f" sighting(s) of what looks personal, {found['unreadable']} file(s) that cannot be read; run koond drill\n"
        )


@dg.logger({})
def progress_logger(context: dg.InitLoggerContext) -> logging.Logger:
    """The logger that `koond night` and `koond demo` show."""
    logger = logging.Logger("koond.progress", level=logging.DEBUG)
    logger.addHandler(_StepLines())
    return logger
