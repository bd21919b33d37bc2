"""The ledger: what privacy was spent on, what was released, refused, marked and delivered. Entries are only ever added.

`entries` is the chain, `database` the two tables, `rules` what may be added, `ledger` the whole, `view` what people see.
"""

from pipelines.ledger.entries import Entry, Kind
from pipelines.ledger.ledger import Ledger
from pipelines.ledger.rules import Correction

__all__ = ["Correction", "Entry", "Kind", "Ledger"]
