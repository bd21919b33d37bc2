"""The Dagster assets and their checks, a module a stage of an event's journey.

Bodies are a few lines: tables in, tables out, a call into `anonymizers`. No paths, no environment, no clock: those are
resources and IO managers, in `pipelines`.
"""
