"""Side by side, measured: every figure in the README comes from here. Nothing of the night imports this."""
