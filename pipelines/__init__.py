"""The code location and the outside world: sources, stores, engines, ledger, jobs, command line.

The only place with paths, environment and clock.
"""
