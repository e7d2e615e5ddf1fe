"""Tools around the library: the gradient check."""

from mytorch.utils.gradient_check import gradient_check, gradient_check_report

__all__ = ["gradient_check", "gradient_check_report"]
