"""Points in cells: an inverted file.

Jégou, Douze, Schmid, "Product Quantization for Nearest Neighbor Search", IEEE TPAMI 33, 2011,
section IV. Cells are small, so that few points are compared (benchmarks/notes/search.md).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad
from torch.nn.utils.rnn import pad_sequence

from aae_sklearn.settings import _defaults as defaults

# Compiled into `_visits`, whose cache on disk does not notice a change here.
CELL_SIZE = 64

GROUP_SIZE = 4


def make_cells(points: Tensor) -> Tensor:
    """Indices of points near each other, -1 for room, shape (n_cells, CELL_SIZE); on the CPU.

    Clusters by k-means (Lloyd's iterations on a sample), then cut in pieces.
    """
    points = points.cpu()
    n_clusters = len(points) // (CELL_SIZE * defaults.CELLS_PER_CLUSTER)
    sample = points[:: len(points) // (defaults.SAMPLE_PER_CLUSTER * n_clusters)]
    centres = sample[:: len(sample) // n_clusters][:n_clusters].clone()
    for _ in range(defaults.LLOYD_ITERATIONS):
        cluster = _nearest(sample, centres)
        counts = torch.bincount(cluster, minlength=n_clusters)[:, None]
        sums = torch.zeros_like(centres).index_add_(0, cluster, sample)
        centres = torch.where(counts > 0, sums / counts, centres)
    cluster = _nearest(points, centres)
    members = cluster.argsort(stable=True).split(torch.bincount(cluster).tolist())
    cells = [cell for some in members if len(some) for cell in _cut(points, some)]
    padded = pad_sequence(cells, batch_first=True, padding_value=-1)
    return pad(padded, (0, CELL_SIZE - padded.shape[1]), value=-1)


def _nearest(x: Tensor, centres: Tensor) -> Tensor:
    """Indices of the nearest centres."""
    norms = centres.square().sum(dim=1)
    parts = (
        torch.addmm(norms, part, centres.T, alpha=-2)
        for part in x.split(defaults.CENTRE_BLOCK_ROWS)
    )
    return torch.cat([part.argmin(dim=1) for part in parts])


def _cut(points: Tensor, members: Tensor) -> list[Tensor]:
    """Pieces of equal size, cut across the direction in which they are longest, about."""
    n_pieces = -(-len(members) // CELL_SIZE)
    if n_pieces == 1:
        return [members]
    offsets = points[members] - points[members].mean(dim=0)
    along = offsets[:, offsets.square().sum(dim=0).argmax()]
    for _ in range(defaults.POWER_ITERATIONS):
        along = offsets @ (along.sign() @ offsets)
    order = along.argsort(stable=True)
    first, second = members[order].tensor_split([len(members) * (n_pieces // 2) // n_pieces])
    return [*_cut(points, first), *_cut(points, second)]
