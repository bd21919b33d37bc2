"""Does anything that a release publishes look personal? The detectors over all its strings, and what is exempt.

Which shapes there are is in `detectors.py`, where strings stand in `published_strings.py`. What is found is told by kind
and place, never by itself.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from anonymizers.searching.detectors import Kind, kinds
from anonymizers.searching.published_strings import published_strings

_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


@dataclass(frozen=True, order=True)
class Suspicion:
    """A published string that looks like something of a person."""

    place: str
    """File, and line, column or number of the string in it."""
    kind: Kind


def suspicions(
    files: Mapping[str, bytes], *, known: Collection[str] = (), declared: Collection[str] = ()
) -> list[Suspicion]:
    """Every (place, kind) at which a published string looks personal, in order.

    Exempt are, by equality alone: the SHA-256 of each of these very files, and `declared`, the few strings that the site
    folder gives and that no detector can judge (its policy's address, its plan's digest), where they stand as whole words.
    """
    own = {sha256(content).hexdigest() for content in files.values()}
    exempt = [re.compile(rf"(?<!\w){re.escape(string)}(?![\w/])") for string in declared]
    look = cache(kinds)
    found = set()
    for place, string in published_strings(files, known):
        left = _DIGEST.sub(lambda digest: " " if digest[0] in own else digest[0], string)
        for pattern in exempt:
            left = pattern.sub(" ", left)
        found |= {Suspicion(place, kind) for kind in look(left)}
    return sorted(found)
