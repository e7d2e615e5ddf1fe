"""What all commands share: error lines, processes, records."""
