"""Is it true: the derivations' own expressions against oracles that share no code with them.

For tests of one's own: `check_gradient`, `assert_gradient` and `Domain`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verify.gradients.check import GradientReport, assert_gradient, check_gradient
    from verify.numerics.domain import Domain

__all__ = ["Domain", "GradientReport", "assert_gradient", "check_gradient"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: a command needs few of them."""
    if name == "Domain":
        from verify.numerics.domain import Domain

        return Domain
    if name in __all__:
        import verify.gradients.check

        return getattr(verify.gradients.check, name)
    raise AttributeError(f"module 'verify' has no attribute {name!r}")
