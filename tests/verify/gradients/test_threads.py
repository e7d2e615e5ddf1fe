"""Small arrays are computed by one thread of PyTorch, which is given back."""

import pytest
import torch

from verify import check_gradient
from verify.gradients.inputs.libraries import FEW


@pytest.fixture(autouse=True)
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def threads_of(size: int) -> set[int]:
    seen = set()

    def function(x):
        seen.add(torch.get_num_threads())
        return torch.sum(x)

    check_gradient(function, torch.ones_like, {"x": torch.zeros(size)}, entries=2)
    return seen


def test_small_arrays_are_computed_by_one_thread():
    assert 1 in threads_of(3)
    assert torch.get_num_threads() == 2


def test_large_ones_by_all():
    assert threads_of(FEW + 1) == {2}


def test_the_others_are_given_back_after_an_exception():
    def gradient(x):
        if torch.get_num_threads() == 1:
            raise KeyError("x")
        return torch.ones_like(x)

    with pytest.raises(ValueError, match="KeyError"):
        check_gradient(torch.sum, gradient, {"x": torch.zeros(3)})
    assert torch.get_num_threads() == 2
