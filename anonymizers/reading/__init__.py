"""Reading releases back: one frame over many, sums over days, comparisons. Needs nothing but the files of releases."""
