"""Writes an expression shorter: common factors stand before a sum, and what cancels is gone.

Each change is kept only if the text gets shorter; none is trusted, since what is printed is proved.
"""

from verify.differentiation.tidying.guards import without_guards
from verify.differentiation.tidying.search import tidy

__all__ = ["tidy", "without_guards"]
