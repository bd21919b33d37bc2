"""Raw tables, read by purpose: which files, how each format gives rows, and which columns a step gets."""
