"""Maps of a handful of rows, beside t-SNE's."""

import numpy as np
import pytest
from sklearn.manifold import TSNE

from tests.layout import maps


def three_kinds(n_rows, seed):
    """Rows of three kinds in 300 columns, and which is which."""
    rng, labels = np.random.default_rng(seed), np.arange(n_rows) % 3
    return 0.9 * rng.normal(size=(3, 300))[labels] + rng.normal(size=(n_rows, 300)), labels


def laid_out_by_tsne(rows, seed):
    perplexity = min(30, (len(rows) - 1) / 3)
    return TSNE(random_state=seed, perplexity=perplexity, method="exact").fit_transform(rows)


@pytest.mark.parametrize("n_rows", [8, 11, 16, 34, 50])
def test_the_nearest_row_is_of_its_kind_as_often_as_with_tsne(n_rows):
    ours, theirs = [], []
    for seed in range(3):
        rows, labels = three_kinds(n_rows, seed)
        ours.append(maps.share_of_own_kind(maps.laid_out(rows, seed=seed), labels))
        theirs.append(maps.share_of_own_kind(laid_out_by_tsne(rows, seed), labels))
    assert np.mean(ours) >= np.mean(theirs) - 0.02


@pytest.mark.parametrize("n_rows", [2, 3, 5, 8, 20])
def test_few_rows_spread_as_the_prior_does(n_rows):
    spread = [maps.laid_out(three_kinds(n_rows, s)[0], seed=s).std(axis=0) for s in range(3)]
    # The mean size of n draws, and less: the pull towards the prior is one of two forces.
    draws = np.random.RandomState(0).normal(size=(1000, n_rows)).std(axis=1).mean()
    assert 0.6 * draws < np.mean(spread) < 1.2 * draws


@pytest.mark.parametrize("n_rows", [2, 3, 4, 11, 50])
@pytest.mark.parametrize("n_neighbors", [2, 15, 60])
def test_a_rows_neighbours_are_at_most_a_third_of_the_others(n_rows, n_neighbors):
    config = maps.layout_config(n_rows, n_neighbors=n_neighbors)
    assert 1 <= config.n_neighbors <= max(1, (n_rows - 1) / 3 + 0.5)


def test_passes_and_neighbours_of_many_rows_are_those_asked_for():
    config = maps.layout_config(60_000)
    assert (config.n_neighbors, config.n_epochs, config.batch_size) == (15, 80, 7_500)
    few = maps.layout_config(1_200)
    assert (few.n_neighbors, few.n_epochs, few.batch_size) == (30, 160, 300)


@pytest.mark.parametrize("n_rows", [300, 8_191, 32_768, 32_769, 60_000])
def test_batches_of_the_layout_are_equal_and_nearly_no_row_sits_out(n_rows):
    size = maps.layout_config(n_rows).batch_size
    assert size <= min(8_192, n_rows / 4)
    n_batches, n_out = divmod(n_rows, size)
    assert n_out < n_batches
    assert n_batches == 4 or (n_batches - 1) * 8_192 < n_rows
