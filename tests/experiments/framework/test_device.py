import pytest

from experiments.framework.device import pick_device


def test_device_that_is_not_here_is_refused() -> None:
    assert pick_device("cpu") == "cpu"
    assert pick_device("auto") in ("cuda", "mps", "cpu")
    with pytest.raises(ValueError, match=r"--device: expected auto or .*cpu, got 'abacus'"):
        pick_device("abacus")
