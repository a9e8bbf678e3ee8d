"""The layout's own codes of rows, with nothing placed afterwards."""

import threading
from types import SimpleNamespace

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.layout._graph import both_ways, coordinate_graph
from aae_sklearn.layout._landmarks import coordinate_landmarks
from aae_sklearn.layout._layout import lay_out, starting_codes
from aae_sklearn.priors import NormalPrior
from aae_sklearn.priors._batches import PriorBatches
from aae_sklearn.runtime._run import Run
from aae_sklearn.settings._resolve import resolve_config


def layout_config(n_rows, **params):
    aae = AdversarialAutoencoder(**params)
    return resolve_config(aae.get_params(deep=False), np.zeros((n_rows, 4))).features


def laid_out(rows, n_components=2, seed=0):
    """Codes of rows under default settings."""
    rows = PCA(min(50, len(rows) - 1, rows.shape[1]), random_state=0).fit_transform(rows)
    x = torch.from_numpy(rows.astype("f4"))
    config = layout_config(len(x), n_components=n_components)
    generator = torch.Generator().manual_seed(seed)
    shape = config.batch_size, n_components
    draws = PriorBatches(NormalPrior(), shape, np.random.RandomState(seed), torch.device("cpu"))
    start = starting_codes(x, n_components, generator)
    graph = coordinate_graph(x, config.n_neighbors)
    landmarks = None
    if n_components > 1:
        landmarks = coordinate_landmarks(x, generator).for_layout(graph, start)
    partners, run = both_ways(graph, generator), layout_run(generator)
    return lay_out(start, partners, draws, config, run, landmarks=landmarks).numpy()


def codes_of(features):
    """Codes of the references, in the working space."""
    return features.scale * features.table.chunk(2, dim=1)[0]


def layout_run(generator, interrupted=None, **signals):
    """What a layout computes with."""
    interrupted, randomness = interrupted or threading.Event(), SimpleNamespace(noise=generator)
    return Run(torch.device("cpu"), torch.float32, randomness, interrupted, **signals)


def share_of_own_kind(codes, labels):
    """How often the nearest other row is of a row's own kind."""
    nearest = NearestNeighbors(n_neighbors=1).fit(codes).kneighbors(return_distance=False)
    return np.mean(labels[nearest[:, 0]] == labels)
