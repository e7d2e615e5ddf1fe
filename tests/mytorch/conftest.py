"""What the tests of `mytorch` share: an error as a user sees it, and PyTorch's answer."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import jaxtyping
import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def refuses(monkeypatch):
    """Check that a call raises one line of exactly this text, the test suite's own checks aside."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)

    def check(error: type[Exception], message: str, call: Callable[[], object]) -> None:
        with pytest.raises(error, match=f"^{re.escape(message)}$"):
            call()

    return check


@pytest.fixture
def torch_gradients():
    """Return a torch module's output, and its gradients of input and parameters, for dL/dy."""

    def run(module: torch.nn.Module, x: np.ndarray, grad_output: np.ndarray) -> list[np.ndarray]:
        inputs = torch.tensor(x, requires_grad=True)
        output = module(inputs)
        output.backward(torch.tensor(grad_output))
        gradients = [inputs.grad, *(parameter.grad for parameter in module.parameters())]
        return [tensor.detach().numpy() for tensor in (output, *gradients)]

    return run
