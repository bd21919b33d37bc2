"""From noisy tables to a release: its files, the scan for personal values, the gate, and the check that anyone can run."""
