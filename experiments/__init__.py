"""What happens: a package for each experiment."""
