"""koond beside other tools for differential privacy, each in an environment of its own. Nothing of the night imports this."""
