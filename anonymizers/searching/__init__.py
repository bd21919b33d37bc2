"""The search of bytes for personal values: what a file holds, how a text may be written, which values count, where they stand."""
