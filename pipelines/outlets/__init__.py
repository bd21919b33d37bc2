"""Ways to a partner's place. What may go there, and the ledger's entry, is for `pipelines/deliveries.py`, which alone sends."""
