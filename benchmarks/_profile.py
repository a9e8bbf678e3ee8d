"""Where the time of our fit goes, what it must multiply, and what the machine can.

`Profile` times the pieces that a fit calls in order, by wrapping them where they are looked up,
and counts the operations of each (a multiplication and an
addition are two) from the shapes that it is called with. Products only: random numbers,
activations, sorting, eigenvectors and the optimisers cost time but count as nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from aae_sklearn.estimators import _fitting, _recipes, _starting
from aae_sklearn.estimators._fitted_features import FittedInputs, FittedPlaces
from aae_sklearn.layout import _arrangement, _features
from aae_sklearn.neighbors._cells import CELL_SIZE
from aae_sklearn.runtime._device import resolve_device
from aae_sklearn.settings import _defaults as defaults

_SIDE = 2048
_SECONDS_OF_PRODUCTS = 2.0


def now() -> float:
    """Seconds, once all work on the GPU is done."""
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()
    return time.perf_counter()


def matmul_rate(device: str, dtype: str) -> float:
    """Operations per second of a large matrix product, the best of several."""
    resolved = resolve_device(device)
    a = torch.randn(_SIDE, _SIDE, device=resolved, dtype=getattr(torch, dtype))
    b, best, end = torch.randn_like(a), float("inf"), now() + _SECONDS_OF_PRODUCTS
    a @ b
    while now() < end:
        start = now()
        a @ b
        best = min(best, now() - start)
    return 2 * _SIDE**3 / best


def gpu_megabytes() -> float | None:
    """The most that torch held on the GPU, if it used one."""
    return torch.cuda.max_memory_allocated() / 1e6 if torch.cuda.is_initialized() else None


def _weights(module: nn.Module) -> int:
    """Multiplications of one row's way through the linear layers."""
    return sum(part.weight.numel() for part in module.modules() if isinstance(part, nn.Linear))


def _first_layer(module: nn.Module) -> int:
    """Those of the first layer: what a gradient of its inputs would cost."""
    linear = [part for part in module.modules() if isinstance(part, nn.Linear)]
    return int(linear[0].weight.numel()) if linear else 0


def _size(rotation: Any) -> int:
    """Multiplications of one row's rotation."""
    components = getattr(rotation, "components", None)
    return 0 if components is None else components.numel()


def _rotation_fit(rows: Any, standardizer: Any, n_inputs: int, *rest: Any) -> float:
    """The covariance of a sample."""
    return 2.0 * min(rows.shape[0], defaults.PCA_MAX_ROWS) * rows.shape[1] ** 2


def _search(n_rows: int, n_points: int, n_coordinates: int, n_probes: int) -> float:
    """Products of rows with centres and with the points of the cells that they probe."""
    n_cells = n_points // CELL_SIZE if n_points > defaults.CELLS_MIN_POINTS else 1
    compared = n_points * min(1.0, n_probes / n_cells) + n_cells
    return 2.0 * n_rows * compared * n_coordinates


def _graph(x: Any, *rest: Any) -> float:
    return _search(len(x), *x.shape, defaults.GRAPH_PROBES)


def _layout_steps(codes: Any, graph: Any, samples: Any, config: Any, *rest: Any) -> float:
    """Kernel of all pairs from n_components + 2 columns, and two sums of pairs back."""
    n_steps = config.n_epochs * (len(codes) // config.batch_size)
    pairs = config.batch_size * defaults.NEGATIVE_ROWS
    return 2.0 * n_steps * pairs * (3 * codes.shape[1] + 2)


def step_operations(trainer: Any, batch_size: int) -> float:
    """Forward and backward of one step of training, from the networks' layers."""
    networks = trainer.networks
    total = sum(
        3 * _weights(part) - _first_layer(part) for part in (networks.encoder, networks.decoder)
    )
    for game in trainer.games:
        critic = _weights(game.discriminator)
        total += 2 * (3 * critic - _first_layer(game.discriminator)) + 2 * critic
    return 2.0 * batch_size * total


def _training(trainer: Any, feed: Any, *rest: Any, result: Any) -> float:
    n_steps = feed.n_batches() * len(result.records)
    return step_operations(trainer, feed.batch_size) * n_steps


def placing_operations(model: Any, rows: Any, *rest: Any) -> float:
    search = getattr(model.features, "search", None)
    if search is None:
        return 0.0
    shape = search.index.points.shape
    rotated = 2.0 * rows.shape[0] * _size(search.coordinates.inputs.rotation)
    return rotated + _search(rows.shape[0], *shape, defaults.PLACING_PROBES)


def _encoding(known: Any, model: Any, rows: Any, *rest: Any) -> float:
    return 2.0 * rows.shape[0] * _weights(model.networks.encoder)


_PIECES: dict[tuple[Any, str], tuple[str, Callable[..., float] | None]] = {
    (_starting, "fit_standardizer"): ("moments", None),
    (_starting, "fit_rotation"): ("components", _rotation_fit),
    (_arrangement, "coordinate_graph"): ("graph", _graph),
    (_features, "lay_out"): ("layout", _layout_steps),
    (_fitting, "fitted_features"): ("placing", placing_operations),
    (_fitting, "make_feed"): ("inputs", None),
    (_fitting, "train"): ("training", _training),
    (_recipes.MapRecipe, "finish"): ("last layer", None),
    (FittedPlaces, "codes"): ("encoding", _encoding),
    (FittedInputs, "codes"): ("encoding", _encoding),
}


class Profile:
    """Context that times and counts the pieces of the fits inside it.

    Attributes
    ----------
    seconds, operations : dict of str to float
        By piece; a piece that does not exist in this version is not there.
    about : dict
        Epochs, steps, batch size and precision of the last training.
    """

    def __enter__(self) -> Profile:
        self.seconds: dict[str, float] = {}
        self.operations: dict[str, float] = {}
        self.about: dict[str, Any] = {}
        self._originals = [(*place, getattr(*place, None)) for place in _PIECES]
        for owner, name, function in self._originals:
            if function is not None:
                setattr(owner, name, self._timed(function, *_PIECES[owner, name]))
        return self

    def __exit__(self, *error: object) -> None:
        for owner, name, function in self._originals:
            if function is not None:
                setattr(owner, name, function)

    def _timed(
        self, function: Callable[..., Any], piece: str, count: Callable[..., float] | None
    ) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            start = now()
            result = function(*args, **kwargs)
            self.seconds[piece] = self.seconds.get(piece, 0.0) + now() - start
            if count is not None:
                extra = {"result": result} if count is _training else {}
                operations = count(*args, **kwargs, **extra)
                self.operations[piece] = self.operations.get(piece, 0.0) + operations
            if piece == "training":
                self._describe(*args[:2], result)
            return result

        return timed

    def _describe(self, trainer: Any, feed: Any, result: Any) -> None:
        n_epochs = len(result.records)
        n_steps = n_epochs * feed.n_batches()
        self.about = {"epochs": n_epochs, "steps": n_steps, "batch": feed.batch_size}
        self.about["operations of a step"] = step_operations(trainer, feed.batch_size)
        self.about["precision"] = str(trainer.precision).removeprefix("torch.")
