"""The versions of a release's layout that stay readable, and what each asks for (docs/release.md, "What stays as it is").

A version that stands here is never changed and never removed; tests hold a frozen release of each.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """What every release of one version holds beside its tables."""

    words: tuple[str, ...]
    """Files without which a release is not complete."""
    checks: tuple[str, ...]
    """The checks that checks.json tells of, in its order."""
    signed: bool
    """Whether a published release is signed (`signature.SIGNATURE`)."""


_WORDS = (
    "manifest.json", "SHA256SUMS", "datapackage.json", "segments.json", "privacy.json", "checks.json", "README.md", "_SUCCESS"
)  # fmt: skip
_CHECKS = (
    "only_known_files", "only_declared_columns", "only_vocabulary", "only_ordered_intervals", "only_numbers_from_mechanisms",
    "only_what_it_may_cost", "only_what_the_site_says", "nothing_personal", "nothing_that_looks_personal",
    "no_attack_succeeded", "A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "A10",
)  # fmt: skip
LAYOUTS: Mapping[str, Layout] = {
    "3": Layout(_WORDS, _CHECKS, signed=False),
    "4": Layout(_WORDS, _CHECKS, signed=True),
}
"""Version -> layout, the oldest first; the last is that of new releases (`describe.SCHEMA_VERSION`).

4: a published release is signed (`signature.SIGNATURE`).
"""
