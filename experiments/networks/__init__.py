"""PyTorch networks that experiments share: initial weights, one training loop, stacks."""
