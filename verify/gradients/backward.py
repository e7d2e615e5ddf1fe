"""Is a backward pass right? That of a custom function or a module, against its own forward pass.

No library's derivative is a judge here: it would be the backward pass itself.
"""

from __future__ import annotations

import copy
import inspect
import sys
from collections.abc import Callable, Sequence
from typing import Any

from verify.gradients.check import check_gradient
from verify.gradients.inputs.libraries import candidates, library_of, to_array
from verify.gradients.inputs.trees import is_nest, leaves, mapped
from verify.gradients.reporting.report import GradientReport

ENTRIES = 50
"""Of each array that are looked at one by one; the others go in random directions together."""


def check_backward(
    function: Callable[..., Any], *inputs: Any, entries: int | None = None, **options: Any
) -> GradientReport:
    """Compare a backward pass, entry by entry, with differences of its forward pass.

    >>> import torch
    >>> from verify import check_backward
    >>> class Square(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x**2
    ...     @staticmethod
    ...     def backward(ctx, dy):
    ...         return 2 * ctx.saved_tensors[0] * dy
    >>> print(check_backward(Square.apply, torch.tensor([1.0, 2.0])))
    gradient of x: right at 1 point, by differences

    Args:
        function: `MyFunction.apply` of PyTorch, or a `jax.custom_vjp`, of float64 arrays.
        inputs: tensors, shapes or sets, as in `check_gradient`. Whole numbers are constants.
        entries: as in `check_gradient`.
        options: those of `check_gradient`, without `method`.
    """
    if isinstance(function, type):
        name = function.__name__
        raise TypeError(f"function: expected a function such as {name}.apply, got the class {name}")
    found = {library_of(value) for _, value in leaves(list(inputs), "")} - {"numpy"}
    library = options.pop("library", None) or next(iter(found), candidates(function, None)[0])
    if library == "numpy":
        raise ValueError("function: expected one of PyTorch or JAX; say library='torch' or 'jax'")
    names = _names(function, len(inputs))
    forward = _joined(function)
    pulled = {"torch": _by_torch, "jax": _by_jax}[library](forward)
    return check_gradient(
        _signed(forward, names),
        _signed(pulled, [*names, "upstream_gradient"]),
        dict(zip(names, inputs, strict=True)),
        library=library,
        method="differences",
        entries=entries,
        **options,
    )


def check_module(
    module: Any, *inputs: Any, entries: int | None = ENTRIES, **options: Any
) -> GradientReport:
    """Compare the backward pass of an `nn.Module` with differences of its forward pass.

    >>> import torch
    >>> from verify import check_module
    >>> print(check_module(torch.nn.Linear(3, 2), (5, 3)))
    gradient of parameters, input: right at 20 points, by differences

    Args:
        module: in its own mode; a copy is checked, in float64 if it can compute in that. Its
            parameters are where they are, and its buffers the same at every call.
        inputs: tensors, shapes or sets, as in `check_gradient`. Whole numbers are constants.
        entries: as in `check_gradient`.
        options: those of `check_gradient`, without `method`.
    """
    import torch

    copies = {dtype: copy.deepcopy(module).to(dtype) for dtype in (torch.float64, torch.float32)}
    names = _names(module.forward, len(inputs))

    def forward(parameters: dict[str, Any], *arguments: Any) -> Any:
        arrays = [*parameters.values(), *arguments]
        dtype = next(array.dtype for array in arrays if array.is_floating_point())
        own = {name: buffer.clone() for name, buffer in copies[dtype].named_buffers()}
        return torch.func.functional_call(copies[dtype], {**own, **parameters}, arguments)

    parameters = {name: to_array(value) for name, value in module.named_parameters()}
    if not parameters:
        plain = _signed(lambda *arguments: forward({}, *arguments), names)
        return check_backward(plain, *inputs, library="torch", entries=entries, **options)
    function = _signed(forward, ["parameters", *names])
    return check_backward(
        function, parameters, *inputs, library="torch", entries=entries, **options
    )


def _by_torch(function: Callable[..., Any]) -> Callable[..., Any]:
    import torch

    def pulled(*arguments: Any) -> Any:
        *inputs, dy = arguments
        moved = [leaf for _, leaf in leaves(inputs, "") if leaf.is_floating_point()]
        for leaf in moved:
            leaf.requires_grad_()
        copies = mapped(lambda x: x.clone(), inputs)  # which it may write into
        found = torch.autograd.grad(function(*copies), moved, dy, allow_unused=True)
        pairs = zip(moved, found, strict=True)
        told = iter(torch.zeros_like(leaf) if part is None else part for leaf, part in pairs)
        return _sole(mapped(lambda x: next(told) if x.is_floating_point() else None, inputs))

    return pulled


def _by_jax(function: Callable[..., Any]) -> Callable[..., Any]:
    import jax

    def is_real(x: Any) -> bool:
        return jax.numpy.issubdtype(x.dtype, jax.numpy.floating)

    def pulled(*arguments: Any) -> Any:
        *inputs, dy = arguments

        def of_moved(*moved: Any) -> Any:
            given = iter(moved)
            return function(*mapped(lambda x: next(given) if is_real(x) else x, inputs))

        pull = jax.vjp(of_moved, *(leaf for _, leaf in leaves(inputs, "") if is_real(leaf)))[1]
        told = iter(pull(dy))
        return _sole(mapped(lambda x: next(told) if is_real(x) else None, inputs))

    return pulled


def _sole(parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else tuple(parts)


def _joined(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function with several outputs as one of a vector."""

    def joined(*arguments: Any) -> Any:
        value = function(*arguments)
        if not is_nest(value):
            return value
        return sys.modules["torch"].cat([part.reshape(-1) for _, part in leaves(value, "")])

    return joined


def _signed(function: Callable[..., Any], names: Sequence[str]) -> Callable[..., Any]:
    """The function with names for its arguments."""
    kind = inspect.Parameter.POSITIONAL_ONLY
    function.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, kind) for name in names]
    )
    return function


def _names(function: Callable[..., Any], count: int) -> list[str]:
    """Those of a function's arguments; those of its forward pass behind `apply` of PyTorch."""
    owner = getattr(function, "__self__", None)
    forward = getattr(owner, "forward", function) if isinstance(owner, type) else function
    try:
        known = [p for p in inspect.signature(forward).parameters if p not in ("ctx", "self")]
    except (TypeError, ValueError):
        known = []
    return known[:count] if len(known) >= count else [f"x{place}" for place in range(count)]
