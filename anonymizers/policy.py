"""The site's privacy policy and its versions: which one was in force on a day (promise 13). No clock here."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from anonymizers.refusal import Reason, Refusal


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Policy:
    """One version of the privacy policy."""

    version: Annotated[str, Field(min_length=1, max_length=40)]
    url: Annotated[str, Field(pattern=r"^https://")]
    in_force: date | None = None
    """Its first day. May be left out where the site names one version only: that one holds on all days."""


def as_versions(written: Any) -> Any:
    """One version stands for a list of one."""
    return [written] if isinstance(written, dict | Policy) else written


def in_order(policies: tuple[Policy, ...]) -> tuple[Policy, ...]:
    """The versions as they are. Raises ValueError unless each has its first day and comes after the one before."""
    days = [policy.in_force for policy in policies if policy.in_force]
    if len(policies) > 1 and (len(days) < len(policies) or days != sorted(set(days))):
        raise ValueError("give every version its first day, `in_force`, and write the oldest first")
    return policies


def in_force_on(policies: Sequence[Policy], day: date) -> Policy:
    """The version in force on a day. Refuses (`Reason.SITE_FOLDER`) a day before the first."""
    known = [policy for policy in policies if policy.in_force is None or policy.in_force <= day]
    if not known:
        raise Refusal(
            "policy",
            Reason.SITE_FOLDER,
            f"no privacy policy was in force on {day}; add the version of that day to `policy` in site.yaml",
        )
    return known[-1]
