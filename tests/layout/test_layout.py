"""The layout keeps neighbours together and takes the prior's density."""

import threading
from copy import deepcopy
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy import stats

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.layout import _layout
from aae_sklearn.layout._graph import Graph, both_ways, coordinate_graph
from aae_sklearn.layout._layout import graph_start, lay_out, principal_start, starting_codes
from aae_sklearn.layout._ordering import ordered_start
from aae_sklearn.priors import NormalPrior
from aae_sklearn.priors._batches import PriorBatches
from aae_sklearn.runtime._checkpoint import NO_CHECKPOINT, NoCheckpoint
from aae_sklearn.runtime._run import no_report
from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._resolve import resolve_config
from tests.layout import maps

N_ROWS = 240


@pytest.fixture
def groups():
    """Rows in four groups far from each other, and their labels."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(N_ROWS) % 4
    return 20 * torch.eye(4)[labels] + torch.randn(N_ROWS, 4, generator=generator), labels


def laid_out(x, n_epochs, interrupted=None, checkpoint=NO_CHECKPOINT, **params):
    aae = AdversarialAutoencoder(layout_max_iter=n_epochs, **params)
    config = resolve_config(aae.get_params(deep=False), np.zeros((N_ROWS, 4))).features
    draws = PriorBatches(
        NormalPrior(), (config.batch_size, 2), np.random.RandomState(0), torch.device("cpu")
    )
    generator = torch.Generator().manual_seed(1)
    start = torch.randn(N_ROWS, 2, generator=generator)
    partners = both_ways(coordinate_graph(x, 10), generator)
    run = maps.layout_run(generator, interrupted, checkpoint=checkpoint)
    return lay_out(start, partners, draws, config, run)


def share_of_own(codes, labels):
    distance = torch.cdist(codes, codes).fill_diagonal_(torch.inf)
    neighbours = labels[distance.topk(5, largest=False).indices]
    return (neighbours == labels[:, None]).float().mean()


@pytest.mark.parametrize("adversarial_weight", ["auto", 5.0])  # a stiff pull must not shake codes
def test_groups_come_together(groups, adversarial_weight):
    x, labels = groups
    codes = laid_out(x, 200, adversarial_weight=adversarial_weight)
    assert share_of_own(codes, labels) > 0.7  # by chance 0.25


def test_codes_have_the_density_of_the_prior(groups):
    codes = laid_out(groups[0], 200).numpy()
    assert max(stats.kstest(column, "norm").statistic for column in codes.T) < 0.2


def test_codes_are_finite_whatever_the_weight(groups):
    for adversarial_weight in (0.0, 100.0):
        codes = laid_out(groups[0], 5, adversarial_weight=adversarial_weight)
        assert torch.isfinite(codes).all()


def test_an_interrupted_layout_stays_where_it_is(groups):
    interrupted = threading.Event()
    interrupted.set()
    start = torch.randn(N_ROWS, 2, generator=torch.Generator().manual_seed(1))
    assert torch.equal(laid_out(groups[0], 50, interrupted), start)


def test_start_is_principal_components_in_their_proportions():
    x = torch.randn(100, 4, generator=torch.Generator().manual_seed(0)) * 3 + 5
    start = principal_start(x, 2, torch.Generator())
    expected = (x - x.mean(dim=0))[:, :2]
    expected /= expected.square().mean().sqrt()
    torch.testing.assert_close(start, expected)


def test_a_start_is_no_line_where_one_component_has_nearly_all_the_variance():
    x = torch.randn(100, 2, generator=torch.Generator().manual_seed(0)) * torch.tensor([1e3, 1])
    spread = principal_start(x, 2, torch.Generator()).std(dim=0, correction=0)
    torch.testing.assert_close(spread, torch.tensor([2**0.5, defaults.START_LEAST_SPREAD]))


def test_start_is_random_where_components_are_too_few():
    x = torch.randn(100, 1, generator=torch.Generator().manual_seed(0))
    first, other = (principal_start(x, 2, torch.Generator().manual_seed(s)) for s in (0, 1))
    assert torch.equal(first[:, 0], other[:, 0])
    assert not torch.equal(first[:, 1], other[:, 1])


def test_start_of_a_constant_component_is_finite():
    assert torch.isfinite(principal_start(torch.ones(9, 3), 2, torch.Generator())).all()


def test_rows_without_coordinates_start_along_their_graph():
    place = np.arange(60)
    nearest = np.abs(place[:, None] - place).argsort(axis=1, kind="stable")[:, 1:7]
    index = torch.from_numpy(nearest.astype(np.int32))
    graph = Graph(index, torch.ones(index.shape))
    start = graph_start(graph, 2, torch.Generator().manual_seed(0)).numpy()
    np.testing.assert_allclose(start.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(start.std(axis=0), 1, rtol=1e-4)
    neighbors = np.linalg.norm(np.diff(start, axis=0), axis=1)
    assert np.median(neighbors) < np.median(np.linalg.norm(start - start[30], axis=1)) / 4


class Halfway(NoCheckpoint):
    """Keeps what a layout offers after its seventh step, and hands it to the next."""

    def __init__(self):
        self.n_offered, self.state = 0, None

    def resume(self, stage, loop):
        if self.state is not None:
            loop.load_state_dict(self.state)

    def offer(self, stage, loop, *, is_last=False):
        self.n_offered += 1
        if self.n_offered == 7:
            self.state = deepcopy(loop.state_dict())


def test_a_layout_goes_on_in_the_middle_of_a_pass(groups):
    checkpoint = Halfway()
    whole = laid_out(groups[0], 3, checkpoint=checkpoint)
    n_steps, checkpoint.n_offered = checkpoint.n_offered, 100
    assert torch.equal(laid_out(groups[0], 3, checkpoint=checkpoint), whole)
    assert checkpoint.n_offered == 100 + n_steps - 7


def test_rows_without_coordinates_start_at_a_hundred_steps_of_the_diffusion():
    """In the same plane as random numbers after so many steps of the dense matrix."""
    generator = torch.Generator().manual_seed(0)
    index = torch.rand(30, 30, generator=generator).fill_diagonal_(1).argsort(dim=1)[:, :4]
    start = graph_start(Graph(index.int(), torch.ones(30, 4)), 2, generator.clone_state())
    codes = torch.randn(30, 2, generator=generator.clone_state()).double().numpy()
    walk = np.eye(30) / 2
    for row, others in enumerate(index.tolist()):
        walk[row, others] += 1 / 8
    step = (np.eye(30) - 1 / 30) @ walk
    plane = np.linalg.qr(np.linalg.matrix_power(step, 100) @ codes)[0]
    np.testing.assert_allclose(plane @ (plane.T @ start.numpy()), start, atol=1e-3)
    np.testing.assert_allclose(start.square().mean(dim=0), 1, rtol=1e-4)
    np.testing.assert_allclose(start.T @ start, 30 * np.eye(2), atol=1e-3)


def test_rows_of_one_component_start_in_their_order():
    x = torch.randn(50, 3, generator=torch.Generator().manual_seed(0))
    start = starting_codes(x, 1, torch.Generator())
    assert torch.equal(start, ordered_start(x))
    expected = principal_start(x, 2, torch.Generator().manual_seed(3))
    assert torch.equal(starting_codes(x, 2, torch.Generator().manual_seed(3)), expected)


class Watched(NoCheckpoint):
    """Notes what a layout tells of itself."""

    def __init__(self):
        self.seen = []

    def resume(self, stage, loop):
        self.seen.append(("resume", stage, loop.n_done))

    def offer(self, stage, loop, *, is_last=False):
        self.seen.append(("offer", stage, loop.n_done, is_last))

    def complete(self, stage, loop):
        self.seen.append(("complete", stage, loop.n_done))


def test_a_checkpoint_is_offered_each_step_and_told_the_end(groups):
    watched = Watched()
    laid_out(groups[0], 2, checkpoint=watched)
    n_steps = len(watched.seen) - 2
    assert n_steps == 2 * (N_ROWS // 64)
    offers = [("offer", "layout", step + 1, False) for step in range(n_steps)]
    expected = [("resume", "layout", 0), *offers, ("complete", "layout", n_steps)]
    assert watched.seen == expected


def test_an_interrupted_layout_is_offered_as_the_last(groups):
    watched, interrupted = Watched(), threading.Event()
    interrupted.set()
    laid_out(groups[0], 2, interrupted, watched)
    assert watched.seen == [("resume", "layout", 0), ("offer", "layout", 0, True)]


def lay_out_ring(n_epochs, report=no_report, **params):
    ring = (torch.arange(20)[:, None] + torch.arange(1, 4)) % 20
    generator = torch.Generator().manual_seed(0)
    partners = both_ways(Graph(ring.int(), torch.ones(20, 3)), generator)
    config = replace(maps.layout_config(20), n_epochs=n_epochs, batch_size=10)
    draws = iter([torch.zeros(10, 2)] * 2 * n_epochs)
    run = maps.layout_run(generator, report=report)
    lay_out(torch.zeros(20, 2), partners, draws, config, run, **params)


def test_passes_are_reported_after_each():
    reported = []
    lay_out_ring(3, report=lambda *counts: reported.append(counts))
    assert reported == [(1, 3), (2, 3), (3, 3)]


def test_rows_are_pulled_to_samples_of_their_labels(monkeypatch):
    pulled = []
    monkeypatch.setattr(
        _layout, "_step", lambda *given: pulled.append((given[2], *given[3](given[2])))
    )
    by_label = SimpleNamespace(draw=lambda rows: (rows[:, None] * torch.ones(2), rows % 2))
    lay_out_ring(2, by_label=by_label)
    assert len(pulled) == 4
    for rows, z_prior, labels in pulled:
        assert torch.equal(z_prior, rows[:, None] * torch.ones(2))
        assert torch.equal(labels, rows % 2)
