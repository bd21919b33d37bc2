"""Who may have which releases: partners with their contracts, and what one delivery holds. Where it goes is not here."""
