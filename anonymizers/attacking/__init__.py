"""The attacks on releases, on made-up traffic alone, each with its positive control; figures: `anonymizers/rehearsal.py`."""
