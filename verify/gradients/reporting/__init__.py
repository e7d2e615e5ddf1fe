"""What a reader is told: the report, what may have gone wrong, and what proves nothing."""
