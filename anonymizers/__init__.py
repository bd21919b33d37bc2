"""The privacy core: pure functions over tables and frozen dataclasses.

No Dagster, no files, no environment, no clock: a reader can audit the guarantee from this folder alone. It reads as an
event's journey does: `stripping`, then `counting`, then `releasing`; beside them the words that all three share.
"""
