"""From `stripped_events` to tables with noise: bound, count, add noise, in one step."""
