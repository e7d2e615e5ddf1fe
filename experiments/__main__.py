"""`python -m experiments`."""

from runs.entry_points import run_module

if __name__ == "__main__":
    run_module("experiments")
