"""Where PyTorch computes."""

import torch


def pick_device(device: str) -> str:
    """The device that `--device` means on this machine: `auto` is the fastest there is."""
    is_available = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    available = [name for name in is_available if is_available[name]]
    if device == "auto":
        return available[0]
    if device not in available:
        raise ValueError(f"--device: expected auto or {' or '.join(available)}, got {device!r}")
    return device
