"""Is it true: the derivations' own expressions against oracles that share no code with them."""
