"""The one error tree. A refusal says what went wrong, where, and what to do; it never shows a value of a row."""

from enum import StrEnum


class Reason(StrEnum):
    """Why something was refused or set aside: the closed list that logs, metadata and the restricted store use."""

    SITE_FOLDER = "the site folder is wrong"
    DAY = "the day cannot be run"
    SOURCE_MISSING = "a source is missing"
    SOURCE_UNREADABLE = "a source cannot be read"
    COLUMN_MISSING = "a column of the contract is missing"
    COLUMN_FORBIDDEN = "a column is not for this purpose"
    OUTSIDE_VOCABULARY = "a value lies outside the vocabulary"
    BUDGET = "the budget does not allow it"
    GATE = "the gate refused the release"
    FINAL = "the release is final"
    STORE = "a store cannot be used"
    REQUEST = "the request is wrong"
    ENGINE = "the engine could not run a step"


class Refusal(Exception):
    """One sentence with the step, the place, the count and the remedy. Never a value of a row.

    `step` is the asset or command that refused, `sentence` ends with the remedy.
    """

    def __init__(self, step: str, reason: Reason, sentence: str) -> None:
        super().__init__(f"{step}: {reason.value}: {sentence}")
        self.step = step
        self.reason = reason
        self.sentence = sentence
