"""The ids in `anonymizers/segments/taxonomy.py` against the taxonomies that the IAB Tech Lab publishes.

They stand outside the project, in KOOND_REAL_DATA or `../shared/data` beside the checkout; without them these tests are
skipped. The words below say what is sensitive; the module holds the ids that they find.
"""

import csv
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from anonymizers.segments.taxonomy import AD_PRODUCT, AUDIENCE, CONTENT, Taxonomy
from tests.worlds import SITES

FOLDER = Path(os.environ.get("KOOND_REAL_DATA", SITES.parents[1] / "shared" / "data")).resolve() / "taxonomy"


class Published(NamedTuple):
    """A published file: where its columns are, and how many lines stand above the first id."""

    taxonomy: Taxonomy
    file: str
    id_column: int
    tiers: slice
    heading: int

    def nodes(self) -> Mapping[str, tuple[str, str]]:
        """Id -> its parent's id and its path, in lower case."""
        with (FOLDER / self.file).open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.reader(file, delimiter="\t") if any(row)][self.heading :]
        return {
            row[self.id_column].strip(): (
                row[self.id_column + 1].strip(),
                " | ".join(tier.strip().lower() for tier in row[self.tiers] if tier.strip()),
            )
            for row in rows
            if row[self.id_column].strip()
        }


PUBLISHED = [
    Published(AUDIENCE, "Audience_Taxonomy_1.1.tsv", 1, slice(4, 10), 1),
    Published(CONTENT, "Content_Taxonomy_3.1.tsv", 0, slice(3, 7), 2),
    Published(AD_PRODUCT, "Ad_Product_Taxonomy_2.0.tsv", 0, slice(3, 6), 1),
]
pytestmark = [
    pytest.mark.skipif(
        not all((FOLDER / published.file).is_file() for published in PUBLISHED),
        reason="no real data: set KOOND_REAL_DATA to the folder that holds taxonomy/ (IAB Tech Lab, as TSV)",
    ),
    pytest.mark.parametrize("published", PUBLISHED, ids=lambda published: str(published.taxonomy.name)),
]

SENSITIVE = {
    "health": r"health|(?<!veterinary )medic|pharma|disease|hospitals|drugs|vaccin|vision care|dental|therap|clinical"
    r"|genetic|surgery|allerg|nutrition|diet"
    r"|weight ?loss|vitamin|hair (loss|restoration|growth)|med spas|disabled|special (needs|education)"
    r"|elder ?care|senior|psycholog|counsel",
    "politics": r"politic|election|ballot|referend|government|governance|civic|military|social issue|war and conflicts"
    r"|international relations|federations|\bngos\b",
    "religion": r"relig|spiritual|prayer|astrolog|psychic|gospel|matzoh",
    "children and family": r"child|\bkids?\b|bab(y|ies)|toddler|teen|parent|(?<!single )(?<!multiple )famil|life stage|nanny"
    r"|pre-school|day ?care|homeschool|back to school|private school|homework|^education( and careers)? \| (primary|secondary)"
    r"|matern|\bbirths?\b|pregnan|\btoys?\b|young adult",
    "financial distress": r"debt|credit|loan|bankrupt|payday|pawn|welfare|financial (assistance|aid)|net worth|income|affluence"
    r"|unemploy|mortgage|housing payment|frugal|^demographic \| personal finance",
    "ethnicity": r"ethnic|^demographic \| language|genealog|ancestry",
    "sexual life": r"sex|adult (products|video games)|dating|single life|marri|marital|civil union|divorce|other gender",
    "addiction, crime or death": r"(?<!non-)alcohol|tobacco|cigar|smok|vaping|cannabis|gambl|casino|lotter|betting|poker"
    r"|weapon|ammunition"
    r"|\bguns?\b|crime|bail bonds|funeral|bereavement|death|sensitive|ad safety risk",
}
"""What a node's path says, in lower case, when it speaks of a sensitive subject."""


def test_the_ids_are_the_published_ones(published: Published) -> None:
    assert published.taxonomy.ids == set(published.nodes())


@pytest.mark.parametrize("subject", SENSITIVE)
def test_every_node_whose_path_names_a_sensitive_subject_is_refused_for_it_and_no_other(
    published: Published, subject: str
) -> None:
    named = {id_ for id_, (_, path) in published.nodes().items() if re.search(SENSITIVE[subject], path)}
    assert published.taxonomy.sensitive_ids[subject] == named
    for id_ in named:
        with pytest.raises(ValueError, match="speaks of"):
            published.taxonomy.check(id_)


def test_no_subject_is_missing(published: Published) -> None:
    assert set(published.taxonomy.sensitive) == set(SENSITIVE)


def test_whatever_stands_below_a_refused_node_is_refused(published: Published) -> None:
    refused = frozenset[str]().union(*published.taxonomy.sensitive_ids.values())
    below = {id_ for id_, (parent, _) in published.nodes().items() if parent in refused}
    assert below <= refused
    assert len(below) > 50
