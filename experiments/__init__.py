"""What happens: one module per experiment, each of which writes `outputs/<name>/`."""
