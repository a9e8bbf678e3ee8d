"""How much few rows are smoothed by a decoder, chosen by what each says of the others."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from aae_sklearn.settings import _defaults as defaults


@torch.no_grad()
def best_spread(places: Tensor, x: Tensor) -> float:
    """The noise on codes with which a decoder errs least for rows that it has not seen.

    What is learned from codes with Gaussian noise is a mean of the rows around, weighted by a
    kernel of the noise's spread (Nadaraya, "On estimating regression", 1964). So some rows are
    predicted by the others in this way, with one spread after another
    (benchmarks/notes/training.md, "How much few rows are smoothed").

    Parameters
    ----------
    places : Tensor of shape (n_rows, n_components)
        Where rows lie on the map, of about unit variance.
    x : Tensor of shape (n_rows, n_inputs)
        What a decoder is to write.

    Returns
    -------
    spread : float
        The best of `SPREADS`, which are tried from the least on until some in turn are worse; the
        least where rows do not say.
    """
    n_rows = len(places)
    some = torch.arange(0, n_rows, -(-n_rows // defaults.PREDICTED_ROWS), device=places.device)
    squared = torch.cdist(places[some], places).square()
    squared.scatter_(1, some[:, None], math.inf)  # a row does not predict itself
    errors: list[float] = []
    for spread in defaults.SPREADS:
        weights = torch.softmax(squared / (-2 * spread**2), dim=1)
        errors.append(float((weights @ x - x[some]).square().sum()))
        best = errors.index(min(errors))
        if len(errors) - best > defaults.WORSE_SPREADS:
            break
    return defaults.SPREADS[best]
