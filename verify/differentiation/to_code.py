"""Prints a gradient as a function to paste: NumPy, JAX or PyTorch, with its shapes asserted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from verify.differentiation.along_axis import ALONG_ONE_AXIS
from verify.differentiation.nodes import Call, Elementwise, Eye, Name, Node, Ones, Shape, nodes_of
from verify.differentiation.selection import is_selection
from verify.differentiation.to_numpy import Printer, length, to_numpy
from verify.language.program.labels import NO_LABELS, Matrices

SHORTEST_NAMED = 8
"""A part that occurs twice has a name if it is at least as long."""
NAMES = "u v z s t r q p h g".split()  # noqa: SIM905

NUMPY = {
    "norm": "np.linalg.norm({0})",
    "inv": "np.linalg.inv({0})",
    "det": "np.linalg.det({0})",
    "erf": "scipy.special.erf({0})",
    "sigmoid": "scipy.special.expit({0})",
    "softmax": "scipy.special.softmax({0}, axis=-1)",
    "softplus": "np.logaddexp(0, {0})",
    "logsigmoid": "-np.logaddexp(0, -({0}))",
    "relu": "np.maximum({0}, 0)",
    "sqdist": "((({0})[:, None] - ({1}))**2).sum(axis=-1)",
}
JAX = {
    "norm": "jnp.linalg.norm({0})",
    "inv": "jnp.linalg.inv({0})",
    "det": "jnp.linalg.det({0})",
    "erf": "jax.scipy.special.erf({0})",
    "sigmoid": "jax.nn.sigmoid({0})",
    "softmax": "jax.nn.softmax({0})",
    "softplus": "jax.nn.softplus({0})",
    "logsigmoid": "jax.nn.log_sigmoid({0})",
    "relu": "jax.nn.relu({0})",
    "sqdist": NUMPY["sqdist"],
}
TORCH = {
    "norm": "torch.linalg.norm({0})",
    "inv": "torch.linalg.inv({0})",
    "det": "torch.linalg.det({0})",
    "softmax": "torch.softmax({0}, -1)",
    "softplus": "torch.nn.functional.softplus({0})",
    "logsigmoid": "torch.nn.functional.logsigmoid({0})",
    "arcsin": "torch.asin({0})",
    "arccos": "torch.acos({0})",
    "arctan": "torch.atan({0})",
    "arctan2": "torch.atan2({0}, {1})",
    "arcsinh": "torch.asinh({0})",
    "arccosh": "torch.acosh({0})",
    "arctanh": "torch.atanh({0})",
    "maximum": "torch.clamp({0}, min={1})",
    "minimum": "torch.clamp({0}, max={1})",
    "sqrt": "({0})**0.5",
    "eye": "torch.eye({0}, dtype={array}.dtype)",
    "ones": "torch.ones({0}, dtype={array}.dtype)",
    "sqdist": NUMPY["sqdist"],
    "max": "torch.amax({0}, {1})",
    "min": "torch.amin({0}, {1})",
    "prod": "torch.prod({0}, {1})",
    "cumsum": "torch.cumsum({0}, {1})",
    "flip": "torch.flip({0}, ({1},))",
}
LIBRARIES = {
    "numpy": ("np", NUMPY, "import numpy as np"),
    "jax": ("jnp", JAX, "import jax\nimport jax.numpy as jnp"),
    "torch": ("torch", TORCH, "import torch"),
}
"""Per library its prefix, what it writes otherwise than `prefix.name(...)`, and its import."""


def to_code(
    gradient: Node,
    arguments: Mapping[str, Shape],
    library: str = "numpy",
    labels: Matrices = NO_LABELS,
) -> str:
    """A function `gradient` of the arguments, in their order: "numpy", "jax" or "torch".

    It takes labels instead of their one-hot matrices, if another argument shows how many there are.
    """
    prefix, others, imports = LIBRARIES[library]
    shown = {
        size for name, shape in arguments.items() if name not in labels.values() for size in shape
    }
    held = {name: y for y, name in labels.items() if arguments[name][1] in shown}
    classes = {name: str(arguments[name][1]) for name in held}
    array = next(
        (name for name, shape in arguments.items() if shape and name not in held),
        next(iter(arguments), ""),
    )
    arguments = {
        held.get(name, name): shape[:1] if name in held else shape
        for name, shape in arguments.items()
    }

    def say(name: str, texts: list[str]) -> str:
        if library == "torch" and name == "where" and not any(map(_names_something, texts[1:])):
            texts = [*texts[:2], f"torch.tensor({texts[2]}, dtype={array}.dtype)"]
        if library == "torch" and name in ALONG_ONE_AXIS:
            texts = [texts[0], "".join(texts[1:]).removeprefix("axis=") or "0"]
        template = others.get(name, f"{prefix}.{name}({', '.join(texts)})")
        return template.format(*texts, array=array) if name in others else template

    taken = {*arguments, *(node.name for node in nodes_of(gradient) if isinstance(node, Name))}
    parts = _repeated(gradient, [name for name in NAMES if name not in taken])
    named = {Name("pi"): f"{prefix}.pi", **{part: name for name, part in parts}}
    lines = list(_shapes(arguments, gradient))
    lines += [f"{name} = {say('eye', [classes[name]])}[{y}]" for name, y in held.items()]
    for name, part in reversed(parts):
        others_named = {node: text for node, text in named.items() if node != part}
        lines.append(f"{name} = {Printer(say, others_named).text(part)[0]}")
    lines.append(f"return {Printer(say, named).text(gradient)[0]}")
    body = "".join(f"    {line}\n" for line in lines)
    if "scipy.special" in body and library == "numpy":
        imports += "\nimport scipy.special"
    return f"{imports}\n\n\ndef gradient({', '.join(arguments)}):\n{body}"


def _names_something(text: str) -> bool:
    """Whether a text has a type of its own; of two numbers PyTorch would make whole ones."""
    return any(character.isalpha() for character in text)


def _shapes(arguments: Mapping[str, Shape], gradient: Node):
    """Where each size is read from, and that every other shape fits."""
    known: set[str] = set()
    for name, shape in arguments.items():
        sizes = [str(size) for size in shape]
        if (
            all(map(str.isidentifier, sizes))
            and sizes
            and len(set(sizes)) == len(sizes)
            and not known & set(sizes)
        ):
            yield f"{', '.join(sizes)}{',' if len(sizes) == 1 else ''} = {name}.shape"
            known |= set(sizes)
    for name, shape in arguments.items():
        new = [size for size in map(str, shape) if size not in known and size.isidentifier()]
        for size in dict.fromkeys(new):
            yield f"{size} = {name}.shape[{list(map(str, shape)).index(size)}]"
            known.add(size)
        if shape:
            extents = ", ".join(map(str, shape))
            yield f"assert {name}.shape == ({extents}{',' if len(shape) == 1 else ''})"


def _repeated(gradient: Node, names: list[str]) -> list[tuple[str, Node]]:
    """The parts that occur more than once, the outer ones first."""
    parts: list[tuple[str, Node]] = []
    for name in names:
        named = {part for _, part in parts}
        counts: Counter[Node] = Counter()
        for root in (gradient, *named):
            _count(root, named - {root}, counts)
        candidates = [
            node
            for node, count in counts.items()
            if count > 1 and node not in named and _is_worth_a_name(node)
        ]
        if not candidates:
            break
        parts.append((name, max(candidates, key=lambda node: length(to_numpy(node)))))
    return parts


def _count(node: Node, named: set[Node], counts: Counter[Node]) -> None:
    counts[node] += 1
    if node not in named:
        for operand in node.operands:
            _count(operand, named, counts)


def _is_worth_a_name(node: Node) -> bool:
    if not node.operands or isinstance(node, (Eye, Ones)) or is_selection(node):
        return False
    if isinstance(node, Elementwise) and node.name in ("<", ">", "<=", ">=", "==", "!=", "&", "|"):
        return False
    return length(to_numpy(node)) >= SHORTEST_NAMED or (isinstance(node, Call) and bool(node.shape))
