"""Keeps pytest's captured streams open."""

import sys

from absl import logging as absl_logging

# dp-accounting brings absl, whose handler holds what was stderr when it was imported: a stream that pytest captures.
# A fresh Dagster home sets logging up anew, by which absl closes any stream that is no longer stderr.
absl_logging.get_absl_handler().python_handler.stream = sys.__stderr__
