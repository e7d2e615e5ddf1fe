"""Who knows a derivative: differences, a complex step, and the libraries themselves."""
