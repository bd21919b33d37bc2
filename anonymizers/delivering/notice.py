"""The notice that a release is wrong: what readers of the release are told. The release itself stays as it was."""

import re
from dataclasses import dataclass

from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.describe import as_json

_RELEASE = re.compile(r"(?:daily/date=[0-9-]{10}|weekly/week=[0-9]{4}-W[0-9]{2})(?:\.r[0-9]+)?")
_REASON = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True)
class Notice:
    """A release by its name, and the plain name of the reason."""

    release: str
    reason: str

    def __post_init__(self) -> None:
        if not _RELEASE.fullmatch(self.release) or not _REASON.fullmatch(self.reason):
            raise Refusal("notice", Reason.GATE, "a notice names a release and a plain reason, and nothing else")

    @property
    def path(self) -> str:
        """Beside the release's folder: `daily/date=2026-11-21.wrong.json`."""
        return f"{self.release}.wrong.json"

    @property
    def content(self) -> bytes:
        """JSON with `release`, `state` and `reason`."""
        return as_json({"release": self.release, "state": "wrong", "reason": self.reason})
