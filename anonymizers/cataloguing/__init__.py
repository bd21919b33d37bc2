"""From published releases to their catalogue: pages for people and `latest.json` for programs. Reads release files alone."""
