"""A step of the layout beside its twin in numpy, whose numbers stand here once more."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from aae_sklearn.layout import _layout
from aae_sklearn.layout._graph import Graph, both_ways
from aae_sklearn.layout._landmarks import Landmarks
from tests.layout import maps

N_ROWS, N_BATCH = 500, 120


def arrangement(z, landmarks, distance):
    """Minus the slope of the correlation of distances, in units of those on the map."""
    apart = z[:, None] - landmarks
    length = np.maximum(np.sqrt((apart**2).sum(2)), 1e-9)
    on_map = (length - length.mean()) / length.std()
    rise = ((on_map * distance).mean() * on_map - distance) / np.maximum(length, 0.01)
    return (rise[:, :, None] * apart).mean(1)


def twin(z, partners, others, draws, axes, progress, scale, pull, arranged=0.0):
    """Codes of a batch after a step; partners are codes of shape (n_batch, n_partners, 2)."""
    c, exaggeration, force = z / scale, 6 if progress < 0.3 else 1, pull * (progress >= 0.3)
    to_partner, to_other = c[:, None] - partners / scale, c[:, None] - others / scale
    near, far = 1 / (1 + (to_partner**2).sum(2)), 1 / (1 + (to_other**2).sum(2))
    total = near + far.sum(1, keepdims=True)
    factor = 2 * exaggeration * near - 2 * near**2 / total
    push = ((2 * far**2)[:, :, None] * to_other).sum(1) * (1 / total).mean(1)[:, None]
    gradient = (factor[:, :, None] * to_partner).mean(1) - push
    for axis in axes:
        wanted = np.empty(len(z))
        wanted[np.argsort(z @ axis)] = np.sort(draws @ axis)
        gradient += force * scale * (z @ axis - wanted)[:, None] * axis / len(axes)
    gradient += force * scale * 0.13 * np.clip((0.8 - progress) / 0.5, 0, 1) * arranged
    stiffness = np.maximum(1 / 15 + factor.mean(1) / 4, force * scale**2 / 2)
    move = (1 - progress) * gradient / stiffness[:, None]
    return z - scale * np.clip(move, -4, 4), abs(move).max()


@pytest.mark.parametrize("arranges", [False, True])
@pytest.mark.parametrize("progress", [0.0, 0.29, 0.31, 0.55, 0.9])
@pytest.mark.parametrize("adversarial_weight", [0.0, 0.5, 50.0])
def test_a_step_is_that_of_its_twin(progress, adversarial_weight, arranges):
    config = maps.layout_config(6_000, adversarial_weight=adversarial_weight)
    rng = torch.Generator().manual_seed(0)
    codes = torch.randn(2, N_ROWS, generator=rng)
    neighbors = torch.randint(N_ROWS, (N_ROWS, 15), generator=rng, dtype=torch.int32)
    near = torch.randn(N_ROWS, generator=rng).argsort()[:N_BATCH]
    codes[:, N_ROWS // 2 :] = codes[:, : N_ROWS // 2] + 0.01  # some are near, others far
    neighbors[: N_ROWS // 2, 0] = torch.arange(N_ROWS // 2, N_ROWS)
    draws = torch.randn(N_BATCH, 2, generator=rng)
    others = torch.randint(N_ROWS, (256,), generator=rng.clone_state())
    state = rng.clone_state()
    torch.randint(N_ROWS, (256,), generator=state)
    axes = torch.randn(2, 2, generator=state)
    axes = (axes / axes.norm(dim=1, keepdim=True)).double().numpy()
    before = codes.double().numpy().T
    partners = before[neighbors[near].numpy()]
    landmarks, arranged = None, 0.0
    if arranges:
        index = torch.arange(0, N_ROWS, 50)
        distance = torch.randn(N_ROWS, len(index), generator=rng.clone_state())
        landmarks = Landmarks(index, distance, torch.linspace(0, 1, N_ROWS))
        distance, share = (t[near].double().numpy() for t in (distance, landmarks.share))
        arranged = share[:, None] * arrangement(before[near], before[index], distance)
    expected, longest = twin(
        before[near], partners, before[others], draws.double().numpy(), axes, progress, 0.07,
        16 * adversarial_weight, arranged,
    )  # fmt: skip
    draw = lambda rows: (draws, None)  # noqa: E731
    _layout._step(codes, neighbors, near, draw, progress, config, rng, landmarks)
    np.testing.assert_allclose(codes.T[near], expected, atol=2e-4)
    still = np.setdiff1d(np.arange(N_ROWS), near)
    np.testing.assert_array_equal(codes.T[still], before[still])
    if (progress, adversarial_weight) == (0.31, 50.0):
        assert longest > 4  # so that some moves are cut


def test_a_step_goes_to_neighbours_of_both_kinds_in_turn(monkeypatch):
    """On a ring with edges one way: half of the passes see those whose neighbour a row is."""
    seen = []
    monkeypatch.setattr(_layout, "_step", lambda codes, half, *rest: seen.append(half.clone()))
    ring = (torch.arange(20, dtype=torch.int32)[:, None] + torch.arange(1, 4)) % 20
    graph = Graph(ring.int(), torch.ones(20, 3))
    config = replace(maps.layout_config(20), n_epochs=2)
    draws = iter([torch.empty(20, 2)] * 2)
    generator = torch.Generator().manual_seed(0)
    partners, run = both_ways(graph, generator), maps.layout_run(generator)
    _layout.lay_out(torch.zeros(20, 2), partners, draws, config, run)
    both = torch.cat(seen, dim=1).sort(dim=1).values
    expected = (torch.arange(20)[:, None] + torch.tensor([-3, -2, -1, 1, 2, 3])) % 20
    np.testing.assert_array_equal(both, expected.sort(dim=1).values)


def test_progress_grows_from_0_to_1(monkeypatch):
    seen = []
    monkeypatch.setattr(_layout, "_step", lambda *arguments: seen.append(arguments[4]))
    graph = Graph(torch.zeros(20, 1, dtype=torch.int32), torch.ones(20, 1))
    config = replace(maps.layout_config(20), n_epochs=3, batch_size=5)
    draws = iter([torch.empty(5, 2)] * 12)
    generator = torch.Generator().manual_seed(0)
    partners, run = both_ways(graph, generator), maps.layout_run(generator)
    _layout.lay_out(torch.zeros(20, 2), partners, draws, config, run)
    np.testing.assert_allclose(seen, np.arange(12) / 12)
