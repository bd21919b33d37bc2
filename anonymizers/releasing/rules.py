"""What every release is judged by, in words: the gate's checks, each with a version of its rule.

How a check is made is in `gate.py`; names and descriptions come from here alone, for the gate, for Dagster's asset
checks and for `checks.json`. The words of the attacks that are rehearsed stand in `anonymizers/rehearsal.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

VERSION = "0.1.0"
"""Of koond, as its package says."""


@dataclass(frozen=True)
class Rule:
    """One check of the gate, or one attack."""

    version: int
    """Raised whenever the check begins to ask for something else."""
    statistic: str
    """What is counted or measured."""
    description: str


COST, NOTHING_PERSONAL, NO_ATTACK = "only_what_it_may_cost", "nothing_personal", "no_attack_succeeded"

RULES: Mapping[str, Rule] = {
    "only_known_files": Rule(
        1,
        "files that are missing or on no list",
        "The candidate holds the closed list of files, no more and no fewer.",
    ),
    "only_declared_columns": Rule(
        1,
        "tables with other columns or types than declared, or that differ between Parquet and CSV",
        "Every table has the declared columns and types and nothing beside them; CSV and Parquet say the same.",
    ),
    "only_vocabulary": Rule(
        1,
        "words outside their closed list",
        "Every published word is a member of its closed list, every date the day or week of the release.",
    ),
    "only_ordered_intervals": Rule(
        1,
        "numbers that are negative, or lie outside their interval",
        "Every number lies inside its interval, and none is negative.",
    ),
    "only_numbers_from_mechanisms": Rule(
        1,
        "tables or parts with numbers that do not follow from the ledger's draws",
        "Every number follows from what mechanisms drew for this very release, under its plan, by the ledger.",
    ),
    COST: Rule(
        1,
        "epsilon of the release at the delta of its budget",
        "By dp-accounting, from the bounds and the noise alone, the release costs no more than its budget.",
    ),
    "only_what_the_site_says": Rule(
        1,
        "files with bytes that do not follow from the site folder and the tables",
        "Every byte that is no number follows from the site folder and the tables, in Parquet's footers and pages as well.",
    ),
    NOTHING_PERSONAL: Rule(
        1,
        "identifying values of the searched columns that stand in a file",
        "No value in the searched columns of the raw tables stands in any byte of this very candidate, as far as it can "
        "identify somebody.",
    ),
    "nothing_that_looks_personal": Rule(
        1,
        "published strings that look like a number, an address, a hash or a key of a person",
        "No published string looks like an e-mail, a personal code, a telephone, an account, a card, a metering point, an "
        "address, a hash, a key or a click id, in any written form; whatever the night's data hold.",
    ),
    NO_ATTACK: Rule(
        1,
        "attacks of the rehearsal that succeeded, and attacks without protection that failed",
        "No attack of a rehearsal that fits the site folder succeeded, and each succeeded where protection was off.",
    ),
}
"""The checks of the gate, in its order. A candidate that fails one is not published."""

TESTED: Mapping[str, Rule] = {
    "A6": Rule(
        1,
        "risk of the attacks' upper ends",
        "Singling out, linking or inferring a visitor from rows made of the tables.",
    ),
    "A7": Rule(1, "planted values found", "Searching all files for planted made-up people in every written form."),
    "A8": Rule(1, "published bytes that change", "Changing what must not matter, such as the registrations."),
    "A9": Rule(1, "distance of the loss from the ledger's", "Summing up the privacy loss anew, in two other ways."),
}
"""The attacks that run in koond's own tests alone, on made-up traffic. Those of a rehearsal: `anonymizers/rehearsal.py`."""
