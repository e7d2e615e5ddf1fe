"""PyTorch's modules, said by its functions: nn.MSELoss()(z, y) is F.mse_loss(z, y), and so is
criterion(z, y) after criterion = nn.MSELoss().
"""

from __future__ import annotations

import ast
import re
from ast import unparse

from verify.language.program.statements import said

MAKES_MODULE = re.compile(r"\bnn *\. *[A-Z]\w* *\(")
"""What stands in a text that makes a module."""
FUNCTIONS = {
    "BCELoss": "binary_cross_entropy", "BCEWithLogitsLoss": "binary_cross_entropy_with_logits",
    "CrossEntropyLoss": "cross_entropy", "HingeEmbeddingLoss": "hinge_embedding_loss",
    "HuberLoss": "huber_loss", "KLDivLoss": "kl_div", "L1Loss": "l1_loss",
    "MarginRankingLoss": "margin_ranking_loss", "MSELoss": "mse_loss", "NLLLoss": "nll_loss",
    "PoissonNLLLoss": "poisson_nll_loss", "SmoothL1Loss": "smooth_l1_loss",
    "SoftMarginLoss": "soft_margin_loss", "TripletMarginLoss": "triplet_margin_loss",
    "CELU": "celu", "ELU": "elu", "GELU": "gelu", "Hardshrink": "hardshrink",
    "Hardsigmoid": "hardsigmoid", "Hardswish": "hardswish", "Hardtanh": "hardtanh",
    "LeakyReLU": "leaky_relu", "LogSigmoid": "logsigmoid", "LogSoftmax": "log_softmax",
    "Mish": "mish", "ReLU": "relu", "ReLU6": "relu6", "SELU": "selu", "Sigmoid": "sigmoid",
    "SiLU": "silu", "Softmax": "softmax", "Softmin": "softmin", "Softplus": "softplus",
    "Softshrink": "softshrink", "Softsign": "softsign", "Tanh": "tanh", "Tanhshrink": "tanhshrink",
}  # fmt: skip
"""Modules without weights, and the functions that they call with their options."""


class TorchModules(ast.NodeTransformer):
    """A walk over statements that knows which names stand for modules."""

    def __init__(self) -> None:
        self.made: dict[str, ast.Call] = {}

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        """A name for a module has nothing left to say."""
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as made) if _function(
                made
            ):
                self.made[name] = made
                return None
            case ast.Assign(targets=[ast.Name(id=name)]):
                self.made.pop(name, None)
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A module that is called."""
        self.generic_visit(node)
        match node.func:
            case ast.Call() as made if _function(made):
                return _called(made, node)
            case ast.Name(id=name) if name in self.made:
                return _called(self.made[name], node)
        return node


def _function(made: ast.Call) -> str | None:
    """The function that a module calls; none of what is no module, and of a loss whose options have
    no names: theirs come in another order.
    """
    match made.func:
        case ast.Attribute(
            value=ast.Name(id="nn") | ast.Attribute(value=ast.Name(id="torch"), attr="nn"),
            attr=kind,
        ) if kind in FUNCTIONS and not (made.args and kind.endswith("Loss")):
            return FUNCTIONS[kind]
    return None


def _called(made: ast.Call, node: ast.Call) -> ast.expr:
    options = [*map(unparse, made.args), *map(unparse, made.keywords)]
    arguments = ", ".join([*map(unparse, node.args), *map(unparse, node.keywords), *options])
    return said(f"F.{_function(made)}({arguments})", node).value
