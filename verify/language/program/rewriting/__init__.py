"""What people write, said by simpler statements and calls, one kind a file."""
