"""A home with a signed day and week, published through gate and writer from made-up draws: no night has to run for it."""

from pathlib import Path

from anonymizers.releasing.edition import Edition
from anonymizers.releasing.gate import Cleared
from anonymizers.releasing.release import caveats, compose
from anonymizers.searching.leak_scan import must_search
from pipelines.home import Home
from pipelines.ledger import Ledger
from pipelines.published_store import publish
from pipelines.signing_keys import SigningKeyStore
from pipelines.site_folder import read_site_folder
from tests.anonymizers.releasing.candidates import draws_of, evidence_of, tables_of
from tests.worlds import SITES


class Site:
    """A home of the demo site."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        self.ledger = Ledger(self.home.ledger, self.home.published, 2)
        self.keys = SigningKeyStore(self.home, self.ledger)
        self._of = read_site_folder(SITES / "elektrum")

    def cleared(self, edition: Edition) -> Cleared:
        """A candidate with the evidence that clears it."""
        site, sources = self._of.site, self._of.sources
        draws = draws_of(site, edition)
        candidate = compose(site, edition, tables_of(site, edition, draws), caveats(sources), must_search(sources))
        return Cleared(candidate, evidence_of(candidate, site, sources, edition, draws))

    def publish(self, edition: Edition) -> Path:
        """Publish an edition; gives its folder."""
        publish(self.home, self.ledger, self.cleared(edition))
        return self.home.published / edition.release
