"""Which release a run is about: the partition's day or week, and the revision that the ledger has open for it."""

from datetime import date

import dagster as dg

from anonymizers.local_day import days_of_week, iso_week
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.edition import Edition, daily_base, daily_edition, weekly_base, weekly_edition
from assets.resources import Ledger


def edition_of_day(context: dg.AssetExecutionContext, ledger: Ledger) -> Edition:
    """The edition that a daily run may still publish. Refuses (`Reason.FINAL`) when all there is stands published."""
    day = date.fromisoformat(context.partition_key)
    return daily_edition(day, ledger.open_release(daily_base(day)))


def edition_of_week(context: dg.AssetExecutionContext, ledger: Ledger) -> Edition:
    """The edition that a weekly run may still publish, of the week's published days.

    Refuses while a day is neither published nor marked: a day that came later would be missing for ever.
    """
    week = iso_week(date.fromisoformat(context.partition_key))
    release = ledger.open_release(weekly_base(week))
    told = ledger.days_told(week)
    days = days_of_week(week)
    open_days = [day.isoformat() for day in days if day.isoformat() not in told]
    if open_days:
        raise Refusal(
            "week",
            Reason.DAY,
            f"{week} is not complete: {', '.join(open_days)} neither published nor marked; run or mark each first",
        )
    return weekly_edition(week, tuple(day for day in days if told[day.isoformat()] == "published"), release)
