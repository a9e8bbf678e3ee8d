"""Rows that only their very nearest predict have a finer layout."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import ndimage
from sklearn.datasets import load_digits
from sklearn.neighbors import NearestNeighbors

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.layout import _layout
from aae_sklearn.layout._fineness import find_sharpness, finer, finer_weights
from aae_sklearn.layout._graph import Graph, both_ways, edge_weights
from aae_sklearn.neighbors._index import nearest_others
from aae_sklearn.settings import _defaults as defaults
from tests.layout import maps

SHARPNESSES = (1.5, 2.1, 3, 4.5)


def rows_and_graph(n_rows, noise, n_neighbors=20):
    """A wave of few frequencies, and noise in eight columns."""
    rng = np.random.default_rng(0)
    wave = np.outer(np.linspace(0, 1, n_rows), np.arange(1, 9))
    x = np.sin(wave) + noise * rng.normal(size=(n_rows, 8))
    graph = NearestNeighbors(n_neighbors=n_neighbors).fit(x).kneighbors(return_distance=False)
    return torch.from_numpy(x.astype("f4")), torch.from_numpy(graph.astype("i4"))


def squared_error(x, graph, sharpness):
    """Of rows that are predicted from the weighted mean of their neighbours, one by one."""
    total = 0.0
    for row, near in zip(x, x[graph], strict=True):
        squared = ((near - row) ** 2).sum(axis=1)
        beyond = squared - squared[0]
        weights = np.exp(-sharpness * beyond / beyond[len(beyond) // 2])
        total += ((np.average(near, axis=0, weights=weights) - row) ** 2).sum()
    return total


@pytest.mark.parametrize("noise", [0, 0.003, 0.01, 0.03, 0.1, 1.0])
def test_weights_are_as_soft_as_still_predicts_rows(noise):
    x, graph = rows_and_graph(300, noise)
    *errors, least = (squared_error(x.numpy().astype("f8"), graph.numpy(), s) for s in SHARPNESSES)
    softest = next(i for i, error in enumerate(errors) if error <= 1.12 * min(errors))
    if 1.12 * least < min(errors):
        softest = 3
    assert find_sharpness(x, graph) == SHARPNESSES[softest]


def test_fine_rows_have_sharper_weights_than_noisy_ones():
    assert find_sharpness(*rows_and_graph(300, 0.001)) > find_sharpness(*rows_and_graph(300, 0.3))


def test_some_of_many_rows_say_how_sharp_weights_are(monkeypatch):
    """Every third row is fine, and lies among others like it; the others are noise."""
    x = 50 + torch.randn(300, 8, generator=torch.Generator().manual_seed(0))
    x[::3] = rows_and_graph(100, 0.001)[0]
    graph = NearestNeighbors(n_neighbors=20).fit(x).kneighbors(return_distance=False)
    assert find_sharpness(x, torch.from_numpy(graph)) == 1.5
    monkeypatch.setattr(defaults, "JUDGED_ROWS", 100)
    assert find_sharpness(x, torch.from_numpy(graph)) > 1.5


@pytest.mark.parametrize("x", [[[0.0], [1.0]], [[2.0], [2.0]]])
def test_of_two_rows_weights_are_soft(x):
    assert find_sharpness(torch.tensor(x), torch.tensor([[1], [0]])) == 1.5


@pytest.mark.parametrize("sharpness", [1.5, 2.1])
def test_coarse_rows_have_the_usual_layout(sharpness):
    config = maps.layout_config(1_000)
    near = nearest_others(torch.randn(40, 3, generator=torch.Generator().manual_seed(0)), 9)
    assert finer(config, sharpness) == config
    usual = edge_weights(near.index, near.squared_distance)
    torch.testing.assert_close(finer_weights(near, sharpness), usual, rtol=0, atol=0)


@pytest.mark.parametrize("sharpness", [3.0, 4.5])
def test_fine_rows_have_a_smaller_kernel_and_more_passes(sharpness):
    config = maps.layout_config(1_200)
    found, softness = finer(config, sharpness), 2.1 / sharpness
    assert found.last_share == pytest.approx(softness**1.5)
    assert found.n_epochs == round(160 / softness)
    assert replace(found, last_share=1.0, n_epochs=160) == config


def test_passes_that_were_asked_for_stay():
    assert finer(maps.layout_config(1_200, layout_max_iter=70), 4.5).n_epochs == 70


def test_edges_of_fine_rows_count_more_where_they_are_short():
    near = nearest_others(torch.randn(40, 3, generator=torch.Generator().manual_seed(0)), 9)
    squared = near.squared_distance.double().numpy()
    usual = edge_weights(near.index, near.squared_distance).double().numpy()
    nearest = np.exp(-3 * (squared - squared[:, :1]) / (squared - squared[:, :1])[:, 4:5])
    nearest *= usual.sum(axis=1, keepdims=True) / nearest.sum(axis=1, keepdims=True)
    share = (2.1 / 3) ** (1 / 3)
    expected = share * usual + (1 - share) * nearest
    np.testing.assert_allclose(finer_weights(near, 3.0), expected, rtol=1e-4)


def test_the_kernel_shrinks_when_groups_have_come_together(monkeypatch):
    scales = []

    def record(codes, partners, others, exaggeration):
        scales.append(0.2 / float(codes[0, 0]))  # all codes are at .2
        return torch.zeros_like(codes), torch.zeros(codes.shape[1])

    monkeypatch.setattr(_layout, "neighbor_gradient", record)
    graph = Graph(torch.zeros(20, 1, dtype=torch.int32), torch.ones(20, 1))
    config = replace(maps.layout_config(20, adversarial_weight=0), n_epochs=40, batch_size=20)
    config = replace(config, scale=1.0, last_share=0.25)
    generator = torch.Generator().manual_seed(0)
    partners, run = both_ways(graph, generator), maps.layout_run(generator)
    draws = iter([torch.zeros(20, 2)] * 40)
    _layout.lay_out(torch.full((20, 2), 0.2), partners, draws, config, run)
    progress = np.arange(40) / 40
    expected = 0.25 ** np.clip((progress - 0.3) / 0.5, 0, 1)
    np.testing.assert_allclose(scales, expected, rtol=1e-4)


def test_images_that_are_turned_stay_on_their_threads():
    """At least nine in ten rows are next to the same image, turned a little differently."""
    images = load_digits().images[:10]
    X = np.array(
        [
            ndimage.rotate(ndimage.zoom(image, 3, order=1), angle, reshape=False, order=1).ravel()
            for image in images
            for angle in range(0, 360, 6)
        ]
    )
    y = np.repeat(np.arange(10), 60)
    new = np.arange(600) % 3 == 1
    aae = AdversarialAutoencoder(random_state=0).fit(X[~new])
    nearest = NearestNeighbors(n_neighbors=1).fit(aae.embedding_)
    found = nearest.kneighbors(aae.transform(X[new]), return_distance=False)[:, 0]
    assert np.mean(y[~new][found] == y[new]) > 0.9
