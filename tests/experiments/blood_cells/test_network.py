import torch
from torch import nn

from experiments.blood_cells.network import BATCH_SIZE, EPOCHS, LEARNING_RATE, build_network


def test_the_network_is_the_one_the_homework_asks_for() -> None:
    network = build_network(0)
    shapes = [(m.in_features, m.out_features) for m in network if isinstance(m, nn.Linear)]
    assert shapes == [(2352, 256), (256, 128), (128, 8)]
    assert [type(module) for module in network][1::2] == [nn.ReLU, nn.ReLU]
    assert (LEARNING_RATE, BATCH_SIZE) == (1e-3, 64)
    assert EPOCHS["full"] == 30


def test_building_a_network_leaves_the_global_generator_alone() -> None:
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    build_network(0)
    assert torch.rand(1) == expected
