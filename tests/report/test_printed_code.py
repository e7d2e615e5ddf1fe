"""The code that Problem 6 prints is whole: put together, it trains a network."""

import re
from collections.abc import Iterable, Sequence
from math import sqrt
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pytest
from jaxtyping import Float, Int

from experiments.numpy_mnist.design import WIDTHS
from mytorch.nn.modules.loss import _distributions
from mytorch.nn.modules.module import as_floating, as_grad_output
from mytorch.nn.optim import check_gradients
from mytorch.shapes import Shaped
from report.code import blocks, source
from report.render import environment, template

CALL = r"<% set (?:task|before) = .*?%>|<< code\(.*?\) >>"
LISTING = r"\\begin\{lstlisting\}\[language=Python\]\n(.*?)\\end\{lstlisting\}"
FORMULA = r"\(\*@.*?@\*\)"


class Verdicts:
    """Where a template looks formulas up."""

    @staticmethod
    def closed_form(id: str) -> str:
        return id


def printed(section: str) -> list[str]:
    """The Python code of a section, as it prints it without its formulas, a text a listing."""
    written = template(section).read_text(encoding="utf-8")
    parts = (found[0] for found in re.finditer(CALL, written, re.DOTALL))
    header = '<% from "macros.tex.jinja" import code with context %>'
    texts = environment().from_string("\n%%%\n".join([header, *parts]))
    rendered = texts.render(source=source, verdicts=Verdicts).split("%%%")
    return [
        "\n\n".join(re.findall(LISTING, re.sub(FORMULA, "", text), re.DOTALL)) for text in rendered
    ]


@pytest.fixture
def namespace() -> dict[str, Any]:
    """What the printed code imports and what checks its inputs, and nothing that it defines."""
    names = {"np": np, "npt": npt, "sqrt": sqrt, "Literal": Literal, "Shaped": Shaped}
    names |= {"Iterable": Iterable, "Sequence": Sequence, "Float": Float, "Int": Int}
    checks = (as_floating, as_grad_output, _distributions, check_gradients)
    return names | {check.__name__: check for check in checks} | {"__name__": "printed"}


def test_the_printed_library_and_loop_train_a_network(namespace: dict[str, Any]):
    listings = printed("library")
    (loop,) = [code for code in listings if code.startswith("loss, optimizer =")]
    for code in listings:
        if code != loop and code.startswith(("class ", "def build_model")):
            exec(code, namespace)
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((WIDTHS[-1], WIDTHS[0])).astype(np.float32)
    labels = rng.integers(WIDTHS[-1], size=500)
    images = centres[labels] + rng.standard_normal((500, WIDTHS[0])).astype(np.float32)
    namespace |= {"WIDTHS": WIDTHS, "rng": rng, "images": images, "labels": labels, "quick": False}
    namespace |= {"test_images": images, "test_labels": labels}
    namespace |= {"LEARNING_RATE": 0.1, "BATCH_SIZE": 64, "EPOCHS": 3}
    namespace["model"] = namespace["build_model"]("xavier", rng)
    exec(loop, namespace)
    assert len(namespace["losses"]) == 3 * 8
    assert namespace["accuracies"][-1] > 99
    model = namespace["model"]
    assert {type(part).__module__ for part in (model, *model.modules)} == {"printed"}


def test_the_perceptron_is_printed_with_its_loop():
    code = "\n".join(printed("blood_cells"))
    assert "loss.sum().backward()" in code
    assert "for _ in range(epochs):" in code


def test_a_function_is_one_block_and_a_class_begins_with_its_first():
    first = "class A:\n\n    x = 1\n\n    def f(self):\n        y = 1\n\n        return y"
    second = "    def g(self): ..."
    assert blocks(f"{first}\n\n{second}") == [first, second]


def test_a_formula_stands_beside_its_line_alone():
    (block,) = blocks("def f(x):\n    y = x\n    return y", {"= x": r"y = x"})
    assert block == "def f(x):\n    y = x(*@\\hfill\\color{accent}$y = x$@*)\n    return y"
    with pytest.raises(ValueError, match="expected one line that ends in 'z', got 0"):
        blocks("x = y", {"z": "z"})
    with pytest.raises(ValueError, match="got 2"):
        blocks("x = y\nz = y", {"= y": "y"})
