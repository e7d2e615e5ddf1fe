"""Is it true: the derivations' own expressions against oracles that share no code with them.

For tests of one's own: `check_gradient` and `assert_gradient`, `check_backward` for a custom
function, `check_module` for an `nn.Module`; and where to test: `Domain`, or a set per argument.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verify.gradients.backward import check_backward, check_module
    from verify.gradients.check import assert_gradient, check_gradient
    from verify.gradients.inputs.sets import (
        bounded,
        integers,
        labels,
        positive,
        positive_definite,
        simplex,
        symmetric,
        unit,
    )
    from verify.gradients.reporting.report import GradientReport
    from verify.numerics.domain import Domain
    from verify.objectives.in_python import derive

__all__ = [
    "Domain",
    "GradientReport",
    "assert_gradient",
    "bounded",
    "check_backward",
    "check_gradient",
    "check_module",
    "derive",
    "integers",
    "labels",
    "positive",
    "positive_definite",
    "simplex",
    "symmetric",
    "unit",
]

_HOMES = {
    "Domain": "verify.numerics.domain",
    "GradientReport": "verify.gradients.reporting.report",
    "assert_gradient": "verify.gradients.check",
    "check_backward": "verify.gradients.backward",
    "check_gradient": "verify.gradients.check",
    "check_module": "verify.gradients.backward",
    "derive": "verify.objectives.in_python",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: a command needs few of them."""
    if name in __all__:
        return getattr(import_module(_HOMES.get(name, "verify.gradients.inputs.sets")), name)
    raise AttributeError(f"module 'verify' has no attribute {name!r}")
