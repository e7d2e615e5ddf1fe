"""`python -m report`."""

from runs.door import run_module

if __name__ == "__main__":
    run_module("report")
