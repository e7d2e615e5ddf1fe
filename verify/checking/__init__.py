"""One claim against oracles and planted faults: what is checked, and what came of it."""
