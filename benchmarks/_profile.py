"""Where the time of our fit goes, what it must multiply, and what the machine can.

`Profile` times the pieces that a fit calls in order, by wrapping them where
`aae_sklearn._fitting` finds them, and counts the operations of each (a multiplication and an
addition are two) from the shapes that it is called with. Products only: random numbers,
activations, sorting, eigenvectors and the optimisers cost time but count as nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from aae_sklearn import _cells, _fitting, _layout, _neighbors
from aae_sklearn.model._model import Model
from aae_sklearn.rows._rotation import _MAX_PCA_ROWS
from aae_sklearn.runtime._device import resolve_device

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


def _size(tensor: torch.Tensor | None) -> int:
    return 0 if tensor is None else tensor.numel()


def _rotation_fit(rows: Any, standardizer: Any, n_inputs: int, *rest: Any) -> float:
    """The covariance of a sample."""
    return 2.0 * min(rows.shape[0], _MAX_PCA_ROWS) * rows.shape[1] ** 2


def _source(rows: Any, standardizer: Any, rotation: Any, *rest: Any, result: Any) -> float:
    """Rows that stay on the device are rotated once."""
    return 2.0 * rows.shape[0] * _size(rotation.components) if hasattr(result, "x") else 0.0


def _search(n_rows: int, n_points: int, n_coordinates: int, n_probes: int) -> float:
    """Products of rows with centres and with the points of the cells that they probe."""
    n_cells = n_points // _cells.CELL_SIZE if n_points > _neighbors._MANY else 1
    compared = n_points * min(1.0, n_probes / n_cells) + n_cells
    return 2.0 * n_rows * compared * n_coordinates


def _graph(x: Any, *rest: Any) -> float:
    return _search(len(x), *x.shape, _neighbors._N_PROBES_OF_GRAPH)


def _layout_steps(codes: Any, graph: Any, draws: Any, config: Any, *rest: Any) -> float:
    """Kernel of all pairs from n_components + 2 columns, and two sums of pairs back."""
    n_steps = config.n_epochs * (len(codes) // config.batch_size)
    pairs = config.batch_size * _layout._N_NEGATIVES
    return 2.0 * n_steps * pairs * (3 * codes.shape[1] + 2)


def step_operations(trainer: Any) -> float:
    """Forward and backward of one step of training, from the networks' layers."""
    networks, batch = trainer.networks, trainer.config.batch_size
    decoder, critic = _weights(networks.decoder), _weights(trainer.discriminator)
    critic_step = 2 * (3 * critic - _first_layer(trainer.discriminator))  # draws and codes
    if trainer.codes is not None:  # no gradient reaches the codes
        critic_step = (critic_step + critic) / trainer.game_interval
        rest = 3 * decoder - _first_layer(networks.decoder)
    else:
        encoder = 3 * _weights(networks.encoder) - _first_layer(networks.encoder)
        rest = encoder + 3 * decoder + 2 * critic
    streamed = getattr(trainer.source, "rotation", None)
    read = 0 if streamed is None else _size(streamed.components)
    return 2.0 * batch * (critic_step + rest + read)


def _training(trainer: Any, *rest: Any, result: Any) -> float:
    n_batches = max(1, trainer.source.n_rows // trainer.config.batch_size)
    return step_operations(trainer) * n_batches * len(result.records)


def _encoding(model: Any, rows: Any) -> float:
    encoder = model.networks.encoder
    tables = [model.networks.rotation.components]
    tables.append(getattr(getattr(encoder, "coordinates", None), "components", None))
    references = getattr(encoder, "references", None)
    search = 0.0
    if references is not None:
        shape = references.points.shape
        search = _search(rows.shape[0], *shape, _neighbors._N_PROBES)
    return search + 2.0 * rows.shape[0] * (_weights(encoder) + sum(map(_size, tables)))


_PIECES: dict[tuple[Any, str], tuple[str, Callable[..., float] | None]] = {
    (_fitting, "column_moments"): ("moments", None),
    (_fitting, "fit_rotation"): ("components", _rotation_fit),
    (_fitting, "make_source"): ("rotation", _source),
    (_fitting, "build_graph"): ("graph", _graph),
    (_fitting, "lay_out"): ("layout", _layout_steps),
    (_fitting, "train"): ("training", _training),
    (Model, "encode"): ("placing", _encoding),
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
                extra = {"result": result} if count in (_source, _training) else {}
                operations = count(*args, **kwargs, **extra)
                self.operations[piece] = self.operations.get(piece, 0.0) + operations
            if piece == "training":
                self._describe(args[0], result)
            return result

        return timed

    def _describe(self, trainer: Any, result: Any) -> None:
        n_epochs, batch_size = len(result.records), trainer.config.batch_size
        n_steps = n_epochs * max(1, trainer.source.n_rows // batch_size)
        self.about = {"epochs": n_epochs, "steps": n_steps, "batch": batch_size}
        self.about["operations of a step"] = step_operations(trainer)
        self.about["precision"] = str(trainer.precision).removeprefix("torch.")
