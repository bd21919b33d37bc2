"""How many days each store keeps what it holds, and what is due. No files and no clock here."""

from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

Days = Annotated[int, Field(ge=1, le=3650)]


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Retention:
    """Store -> days that it keeps a day's data. Published releases, the ledger and keys are no such stores."""

    stripped_events: Days = 28
    """Of a week that can still be released they stay longer, or the week could never be released."""
    set_aside_rows: Days = 14
    server_diagnostics: Annotated[int, Field(ge=1, le=7)] = 7
    """Seven days at most: addresses serve the diagnosis of the server and nothing else (promise 5)."""
    cookie_audit: Days = 90
    mailing_list: Days = 7
    disclosures: Days = 30
    """Encrypted files, until the authority has fetched them."""
    suppressions: Days = 28
    """Keyed hashes by night; who is left out stands elsewhere, and stays."""
    candidates: Days = 28
    leak_scans: Days = 90
    dagster_runs: Days = 365
    """Runs with their events: counts, and no value of anybody."""


def is_due(day: date, kept: int, today: date) -> bool:
    """Whether what is of `day` is older than the days that it is kept."""
    return (today - day).days > kept
