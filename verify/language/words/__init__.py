"""The functions of the language, by name: entry by entry, products, along an axis."""
