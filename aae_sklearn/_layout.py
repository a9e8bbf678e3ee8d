"""Lay the rows out: codes that keep neighbours together and have the prior's density.

The problem solved, over the codes :math:`z_i` of the rows (as in t-SNE, with no network
between):

.. math:: \\min_z \\; \\sum_{(i, j)} L_{ij}(z) + \\lambda \\, SW(z, p)

with the neighbour loss *L* over the edges of a k-nearest-neighbour graph and the sliced
Wasserstein distance *SW* to the prior. Each step takes a batch of rows, a random neighbour
of each and shared random negatives. It starts from principal components, which keeps their
global arrangement (Kobak, Linderman, "Initialization is critical for preserving global data
structure in both t-SNE and UMAP", Nature Biotechnology 39, 2021).

Why not through the encoder and the discriminator: trials of that took longer for a worse map
and a worse match (benchmarks/NOTES.md).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from aae_sklearn._config import LayoutConfig
from aae_sklearn._losses import neighbor_gradients, sliced_gradient

_N_NEGATIVES = 128
_N_AXES = 4
_EXAGGERATION = 4.0
_EXAGGERATED = 0.3
_LONGEST_MOVE = 4.0


def lay_out(
    codes: Tensor,
    graph: Tensor,
    draws: Iterator[Tensor],
    config: LayoutConfig,
    generator: torch.Generator,
    interrupted: threading.Event,
    report: Callable[[int, int], None] | None = None,
) -> Tensor:
    """Move codes until neighbours lie together and the density is the prior's.

    Parameters
    ----------
    codes : Tensor of shape (n_rows, n_components)
        Where to start, in the working space; changed in place.
    graph : Tensor of shape (n_rows, n_neighbors)
        Indices of each row's neighbours.
    draws : iterator of Tensor of shape (config.batch_size, n_components)
        Draws of the prior in the working space.
    config : LayoutConfig
    generator : torch.Generator
        On the codes' device.
    interrupted : threading.Event
        Stops the layout where it is.
    report : callable or None
        Called with the number of passes done and planned, after each.

    Returns
    -------
    codes : Tensor of shape (n_rows, n_components)
    """
    n_batches = len(codes) // config.batch_size
    n_steps, step = config.n_epochs * n_batches, 0
    for epoch in range(config.n_epochs):
        order = torch.randperm(len(codes), generator=generator, device=codes.device)
        for rows in order[: n_batches * config.batch_size].view(n_batches, -1):
            if interrupted.is_set():
                return codes
            _step(codes, graph, rows, next(draws), step / n_steps, config, generator)
            step += 1
        if report is not None:
            report(epoch + 1, config.n_epochs)
    return codes


def principal_start(x: Tensor, n_components: int, generator: torch.Generator) -> Tensor:
    """Leading principal components at unit variance; random numbers where there are too few."""
    start = torch.randn(len(x), n_components, generator=generator, device=x.device)
    leading = x[:, :n_components] - x[:, :n_components].mean(dim=0)
    start[:, : leading.shape[1]] = leading / leading.square().mean(dim=0).sqrt().clamp(min=1e-12)
    return start


def _step(
    codes: Tensor,
    graph: Tensor,
    rows: Tensor,
    z_prior: Tensor,
    progress: float,
    config: LayoutConfig,
    generator: torch.Generator,
) -> None:
    """Move a batch, its neighbours and the negatives down the gradient.

    Gradients are of codes in units of the kernel's scale, so the rate has no unit.
    It falls from 1 to 0.
    """
    device, scale = codes.device, config.scale
    picks = torch.randint(graph.shape[1], (len(rows),), generator=generator, device=device)
    partners = graph[rows, picks]
    others = torch.randint(len(codes), (_N_NEGATIVES,), generator=generator, device=device)
    exaggeration = _EXAGGERATION if progress < _EXAGGERATED else 1.0
    gradients = neighbor_gradients(
        codes[rows] / scale, codes[partners] / scale, codes[others] / scale, exaggeration
    )
    axes = torch.randn(codes.shape[1], _N_AXES, generator=generator, device=device)
    axes /= axes.norm(dim=0)
    to_prior = sliced_gradient(codes[rows], z_prior, axes)
    moves = (
        (rows, gradients.codes + config.prior_weight * scale * to_prior),
        (partners, gradients.partners),
        (others, gradients.others),
    )
    rate = 1 - progress
    for index, gradient in moves:
        move = (rate * gradient).clamp_(-_LONGEST_MOVE, _LONGEST_MOVE)
        codes.index_add_(0, index, move, alpha=-scale)
