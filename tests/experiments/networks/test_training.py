import torch

from experiments.networks.training import train


def _regression() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(10, 3, generator=generator)
    return x, x @ torch.tensor([1.0, -2.0, 3.0])


def test_training_finds_the_minimum_of_a_least_squares_problem() -> None:
    x, y = _regression()
    w = torch.zeros(3, requires_grad=True)
    epochs = train(
        lambda i: ((x[i] @ w - y[i]) ** 2).mean(),
        torch.optim.SGD([w], lr=0.1),
        samples=10,
        batch_size=4,
        epochs=100,
        generator=torch.Generator().manual_seed(1),
    )
    losses = torch.stack(list(epochs))
    assert losses.shape == (100, 3)
    torch.testing.assert_close(w.detach(), torch.tensor([1.0, -2.0, 3.0]))


def test_every_epoch_visits_every_sample_once_in_a_new_order() -> None:
    seen: list[list[int]] = []
    w = torch.zeros((), requires_grad=True)

    def loss(indices: torch.Tensor) -> torch.Tensor:
        seen[-1] += indices.tolist()
        return w * 0

    seen.append([])
    generator = torch.Generator().manual_seed(0)
    for _ in train(loss, torch.optim.SGD([w], lr=1), 7, 3, 2, generator):
        seen.append([])
    assert [sorted(epoch) for epoch in seen[:2]] == [list(range(7))] * 2
    assert seen[0] != seen[1]


def test_networks_trained_together_get_the_numbers_they_get_alone() -> None:
    x, y = _regression()

    def final(start: torch.Tensor) -> torch.Tensor:
        w = start.clone().requires_grad_()
        for _ in train(
            lambda i: ((x[i] @ w - y[i, None]) ** 2).mean(0),
            torch.optim.SGD([w], lr=0.05),
            10,
            4,
            3,
            torch.Generator().manual_seed(1),
        ):
            pass
        return w.detach()

    starts = torch.tensor([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
    torch.testing.assert_close(
        final(starts), torch.cat([final(starts[:, :1]), final(starts[:, 1:])], dim=1)
    )


def test_denormal_numbers_are_flushed_while_training_only() -> None:
    w = torch.zeros((), requires_grad=True)
    inside = []

    def loss(indices: torch.Tensor) -> torch.Tensor:
        inside.append(float(torch.tensor([1e-39]) * 0.5))
        return w * 0

    for _ in train(loss, torch.optim.SGD([w], lr=1), 1, 1, 1, torch.Generator()):
        outside = float(torch.tensor([1e-39]) * 0.5)
    assert inside == [0.0]
    assert outside > 0
