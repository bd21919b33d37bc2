"""Made-up raw tables of the demo site: seeded, sized, shaped like a real portal's. Nothing of the night reads this."""
