"""TeX: where it comes from, and how it runs."""
