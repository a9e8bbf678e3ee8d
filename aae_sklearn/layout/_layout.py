"""Lay the rows out: codes that keep neighbours together and have the prior's density.

The problem solved, over the codes :math:`z_i` of the rows (as in t-SNE, with no network
between):

.. math:: \\min_z \\; \\sum_{(i, j)} L_{ij}(z) + \\lambda \\, SW(z, p)
    - \\lambda \\, \\mu \\, \\rho(D, |z_i - z_l|)

with the neighbour loss *L* over the edges of a k-nearest-neighbour graph, the sliced
Wasserstein distance *SW* to the prior, and the correlation of distances to landmarks *l* on the
map with those of the rows, *D* (`_landmarks`). Each step moves a batch of rows: towards half of
their neighbours, away from negatives that they share, towards the prior. It starts from principal
components, which keeps their global arrangement (Kobak, Linderman, "Initialization is critical
for preserving global data structure in both t-SNE and UMAP", Nature Biotechnology 39, 2021); on
a line from an order of the rows (`_ordering`).

Why not through the encoder and the discriminator: trials of that took longer for a worse map
and a worse match (benchmarks/notes/layout.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor

from aae_sklearn.layout._forces import (
    arrangement_gradient,
    neighbor_gradient,
    sliced_gradient,
)
from aae_sklearn.layout._graph import Graph
from aae_sklearn.layout._landmarks import Landmarks
from aae_sklearn.layout._ordering import ordered_start
from aae_sklearn.layout._passes import Passes
from aae_sklearn.priors._conditional import ConditionalSamples
from aae_sklearn.runtime._run import Run
from aae_sklearn.runtime._threads import begun
from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._config import LayoutConfig

_STAGE = "layout"

_Wanted = tuple[Tensor, Tensor | None]  # samples of the prior for rows, and the rows' labels


def lay_out(
    start: Tensor,
    partners: Tensor,
    samples: Iterator[Tensor],
    config: LayoutConfig,
    run: Run,
    by_label: ConditionalSamples | None = None,
    landmarks: Landmarks | None = None,
) -> Tensor:
    """Move codes until neighbours lie together and the density is the prior's.

    Parameters
    ----------
    start : Tensor of shape (n_rows, n_components)
        Codes in the working space.
    partners : Tensor of shape (n_rows, 2, n_partners)
        Whom each row goes to in one pass and in the next, as `_graph.both_ways` gives them.
    samples : iterator of Tensor of shape (config.batch_size, n_components)
        Of the prior in the working space.
    config : LayoutConfig
    run : Run
        Ctrl-C stops the layout where it is. Passes are reported. It goes on from the checkpoint,
        to which it offers its state after each step.
    by_label : ConditionalSamples or None
        Samples of the prior by the labels of rows, in place of `samples`.
    landmarks : Landmarks or None
        Distances between rows, with which those between their codes are to rise; as
        `Landmarks.for_layout` gives them.

    Returns
    -------
    codes : Tensor of shape (n_rows, n_components)
    """
    codes, generator, checkpoint = start.T.contiguous(), run.randomness.noise, run.checkpoint
    passes = Passes(codes, samples, config.n_epochs, config.batch_size, generator)
    draw = _whatever_the_rows(samples) if by_label is None else by_label.draw
    checkpoint.resume(_STAGE, passes)
    with checkpoint.before_exit():
        for epoch in range(passes.n_complete, config.n_epochs):
            half = partners[:, epoch % 2]
            for rows in passes.batches():
                if run.interrupted.is_set():
                    checkpoint.offer(_STAGE, passes, is_last=True)
                    return codes.T.contiguous()
                progress = passes.n_done / passes.n_steps
                _step(codes, half, rows, draw, progress, config, generator, landmarks)
                passes.end_step()
                checkpoint.offer(_STAGE, passes)
            run.report(epoch + 1, config.n_epochs)
    checkpoint.complete(_STAGE, passes)
    return codes.T.contiguous()


def _whatever_the_rows(samples: Iterator[Tensor]) -> Callable[[Tensor], _Wanted]:
    """The next samples for any rows."""
    return lambda rows: (next(samples), None)


def starting_codes(x: Tensor, n_components: int, generator: torch.Generator) -> Tensor:
    """Where rows start: on a line in the order of their graph, else at principal components."""
    return ordered_start(x) if n_components == 1 else principal_start(x, n_components, generator)


def graph_start(graph: Graph, n_components: int, generator: torch.Generator) -> Tensor:
    """Slow vectors of the diffusion on the graph, for rows that have no coordinates.

    Random numbers are averaged over neighbours again and again, and kept apart: the iteration
    of subspaces. It ends early, so that pieces of the graph do not collapse to points.
    """
    index = graph.index.long()
    codes = torch.randn(len(index), n_components, generator=generator, device=index.device)
    for _ in range(defaults.DIFFUSIONS):
        codes = (codes + codes[index].mean(dim=1)) / 2
        codes = torch.linalg.qr(codes - codes.mean(dim=0)).Q
    return codes / codes.square().mean(dim=0).sqrt().clamp(min=defaults.NO_DISTANCE)


def principal_start(x: Tensor, n_components: int, generator: torch.Generator) -> Tensor:
    """Leading principal components in their proportions, at a mean variance of about 1.

    One that is much narrower than the others is widened, so that rows do not start on a line.
    Random numbers stand where there are too few components.
    """
    start = torch.randn(len(x), n_components, generator=generator, device=x.device)
    leading = x[:, :n_components] - x[:, :n_components].mean(dim=0)
    spread = leading.square().mean(dim=0).sqrt().clamp(min=defaults.NO_DISTANCE)
    wanted = (spread / spread.square().mean().sqrt()).clamp(min=defaults.START_LEAST_SPREAD)
    start[:, : leading.shape[1]] = leading * (wanted / spread)
    return start


def _step(
    codes: Tensor,
    neighbors: Tensor,
    rows: Tensor,
    draw: Callable[[Tensor], _Wanted],
    progress: float,
    config: LayoutConfig,
    generator: torch.Generator,
    landmarks: Landmarks | None,
) -> None:
    """Move a batch down its gradient, the further the flatter its attraction is.

    A pull that is stiffer than that limits the step, which else would go past the prior.

    At first attraction is exaggerated and nothing pulls to the prior, so that groups come
    together before they take their places. Codes are taken in units of the kernel's scale,
    so the rate has no unit. It falls from 1 to 0. The scale shrinks to its last share when groups
    have come together.
    """
    device = codes.device
    scale = config.scale * config.last_share ** (1 - _share_left(progress))
    partners = neighbors.index_select(0, rows).T.contiguous()
    others = torch.randint(
        codes.shape[1], (defaults.NEGATIVE_ROWS,), generator=generator, device=device
    )
    gathers = progress < defaults.EXAGGERATED_SHARE
    z = codes.index_select(1, rows)
    z_near = codes.index_select(1, partners.view(-1)).view(len(codes), *partners.shape)
    by_neighbors = partial(
        neighbor_gradient,
        z / scale,
        z_near.div_(scale),
        codes.index_select(1, others) / scale,
        defaults.EXAGGERATION if gathers else 1.0,
    )
    stiffness = 0.0
    if gathers:
        gradient, curvature = by_neighbors()
    else:
        axes = torch.randn(defaults.SLICED_AXES, len(codes), generator=generator, device=device)
        arranged = config.arrangement_weight * _share_left(progress)
        # Samples are drawn here: a user's prior may mind in which thread.
        pull = partial(_pull, codes, rows, z, draw(rows), axes, arranged, landmarks)
        with begun(pull, device, len(rows) >= defaults.SIDE_BY_SIDE_ROWS) as pulled:
            gradient, curvature = by_neighbors()
            gradient += config.prior_weight * scale * pulled()
        stiffness = config.prior_weight * scale**2 / len(codes)
    damping = (defaults.LEAST_DAMPING + defaults.CURVATURE_DAMPING * curvature).clamp_(
        min=stiffness
    )
    move = (1 - progress) * gradient / damping
    codes.index_copy_(
        1, rows, z - scale * move.clamp_(-defaults.LONGEST_MOVE, defaults.LONGEST_MOVE)
    )


def _pull(
    codes: Tensor,
    rows: Tensor,
    z: Tensor,
    wanted: _Wanted,
    axes: Tensor,
    arranged: float,
    landmarks: Landmarks | None,
) -> Tensor:
    """The gradient of rows whose codes are z towards the prior, and away from disarrangement."""
    z_prior, labels = wanted
    gradient = sliced_gradient(z, z_prior.T, axes / axes.norm(dim=1, keepdim=True), labels)
    if landmarks is not None and arranged > 0:
        z_landmarks = codes.index_select(1, landmarks.index)
        distance = landmarks.distance.index_select(0, rows)
        share = arranged * landmarks.share.index_select(0, rows)
        gradient += share * arrangement_gradient(z, z_landmarks, distance)
    return gradient


def _share_left(progress: float) -> float:
    """1 when groups have come together, falling to 0 before the end."""
    first, last = defaults.EXAGGERATED_SHARE, defaults.ARRANGED_SHARE
    return min(1.0, max(0.0, (last - progress) / (last - first)))
