"""Why an event's signals of consent allow nothing: the closed list that counts may name. Never the signal itself."""

from enum import StrEnum


class Why(StrEnum):
    """The reasons, in the order in which they are looked for. Events carry a reason's place: add new ones at the end."""

    ABSENT = "absent"
    NOT_BASE64URL = "not_base64url"
    CUT = "cut"
    TRAILING = "trailing"
    CONTRADICTION = "contradiction"
    VERSION = "version"
    NO_SECTION = "no_section"
    POLICY = "policy"
    NOT_SERVICE_SPECIFIC = "not_service_specific"
    TOO_OLD = "too_old"
    IN_THE_FUTURE = "in_the_future"
    NOT_DISCLOSED = "not_disclosed"
    PURPOSE_ONE = "purpose_one"
    NO_PURPOSE = "no_purpose"
    """Purpose 1, and none of those that a use needs."""
    NOT_GRANTING = "not_granting"
    """A plain value that is not in the site's list."""
    OBJECTED = "objected"
    """Sec-GPC or DNT."""
    COPIES_DISAGREE = "copies_disagree"
    """One event was delivered twice, and the copies say different things."""
    SUPPRESSED = "suppressed"
    """The visitor asked to be left out."""


class ConsentRefused(Exception):
    """A string that is no consent. Carries the reason alone."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why
