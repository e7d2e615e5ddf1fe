"""Numbers of other people's that the report cites, each with its source."""

SYMPY_SILENT_ZERO = "#27406"  # https://github.com/sympy/sympy/issues/27406
