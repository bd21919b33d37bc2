"""From raw events to `stripped_events`: everything becomes a member of a closed list, or is dropped."""
