"""A trained model, applied chunk by chunk.

Every chunk has the same number of rows, the last one padded: matrix products then
take the same path for each row, so that its result does not depend, to the bit, on
the rows around it (tests/test_inference.py checks that).
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy, deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad

from aae_sklearn.layout._placing import ReferenceEncoder
from aae_sklearn.networks._build import Networks
from aae_sklearn.priors import Prior
from aae_sklearn.rows._rows import chunk_slices, dense
from aae_sklearn.rows._scaling import ColumnMoments, Standardizer
from aae_sklearn.rows._sources import input_steps, stacked
from aae_sklearn.runtime._memory import in_smaller_chunks
from aae_sklearn.runtime._precision import exact_inference
from aae_sklearn.runtime._tensors import to_array, to_tensor
from aae_sklearn.runtime._threads import in_threads, part_size
from aae_sklearn.settings import _defaults as defaults

_CHUNK_ROWS = {"cpu": 256}


@dataclass
class Model:
    """What maps rows to codes and codes to rows; it holds no rows.

    Attributes
    ----------
    networks : Networks
    standardizer : Standardizer
    moments : ColumnMoments
        Of the rows it was trained on.
    prior : Prior
    n_components : int
        Width of a code.
    log_loss : bool
        Whether the decoder's outputs are logits.
    device : torch.device
        Where the networks are.
    """

    networks: Networks
    standardizer: Standardizer
    moments: ColumnMoments
    prior: Prior
    n_components: int
    log_loss: bool
    device: torch.device

    def encode(self, rows: Any) -> NDArray[np.float64]:
        """Codes in the prior's space: the mean of q(z|x), shape (n_samples, n_components)."""
        return self.prior.from_working(self.encode_working(rows).astype(np.float64))

    def encode_working(self, rows: Any) -> NDArray[np.float32]:
        """Codes in the space that the networks see."""
        encoder = self.networks.encoder
        if isinstance(encoder, ReferenceEncoder):
            return self._place(rows, encoder)
        return self._encode_inputs(rows, lambda x: self.prior.project(encoder(x)))

    def draw(self, rows: Any, generator: torch.Generator) -> NDArray[np.float64]:
        """Codes drawn from q(z|x)."""
        encoder = self.networks.encoder
        if isinstance(encoder, ReferenceEncoder):
            return self.encode(rows)
        working = self._encode_inputs(
            rows, lambda x: self.prior.project(encoder.draw(x, generator))
        )
        return self.prior.from_working(working.astype(np.float64))

    def _place(self, rows: Any, encoder: ReferenceEncoder) -> NDArray[np.float32]:
        """Codes among references, block by block."""
        codes = np.empty((rows.shape[0], encoder.codes.shape[1]), dtype=np.float32)
        n_rows, size = len(codes), part_size(len(codes), defaults.PLACED_BLOCK_ROWS, self.device)
        parts = [slice(start, min(start + size, n_rows)) for start in range(0, n_rows, size)]

        def place(part: slice) -> None:
            with exact_inference(self.device):
                coordinates = self._encode(rows, part, *steps)
                placed = self.prior.project(encoder.place(to_tensor(coordinates, self.device)))
            codes[part] = to_array(placed)

        with exact_inference(self.device):  # some settings are the process's, some a thread's
            coordinates_of = encoder.coordinates.after(self.networks.rotation)
            steps = input_steps(rows, self.standardizer, coordinates_of)
            in_threads(place, parts, self.device)
        return codes

    def _encode_inputs(
        self, rows: Any, function: Callable[[Tensor], Tensor]
    ) -> NDArray[np.float32]:
        """A function of the networks' inputs."""
        standardize, rotate = input_steps(rows, self.standardizer, self.networks.rotation)
        everything = slice(0, rows.shape[0])
        return self._encode(rows, everything, standardize, lambda x: function(rotate(x)))

    def _encode(
        self,
        rows: Any,
        part: slice,
        standardize: Callable[[Any], NDArray[np.float32]],
        function: Callable[[Tensor], Tensor],
    ) -> NDArray[np.float32]:
        """A function of a part of the rows, after what numpy does with them."""

        def read(chunk: slice) -> Tensor:
            chosen = rows[part.start + chunk.start : part.start + chunk.stop]
            return to_tensor(standardize(chosen), self.device)

        return self._apply(function, read, part.stop - part.start)

    def decode(self, codes: NDArray[Any]) -> NDArray[np.float64]:
        """Rows in the user's unit, shape (n_samples, n_features)."""
        working = self.prior.to_working(codes.astype(np.float64))

        def function(u: Tensor) -> Tensor:
            x = self.networks.rotation.inverse(self.networks.decoder(u))
            return torch.sigmoid(x) if self.log_loss else x

        decoded = self._apply(
            function, lambda part: to_tensor(working[part], self.device), len(working)
        )
        return self.standardizer.restore(decoded)

    def explained_variance(self, rows: Any) -> float:
        """1 minus squared errors over squared distances to the mean training row."""
        residual, total = 0.0, 0.0
        for start in range(0, rows.shape[0], defaults.SCORED_BLOCK_ROWS):
            block = rows[start : start + defaults.SCORED_BLOCK_ROWS]
            codes = self.encode(block)
            for chunk in chunk_slices(*block.shape, at_least=self.chunk_rows):
                part = dense(block[chunk]).astype(np.float64)
                errors = self.decode(codes[chunk])
                errors -= part
                part -= self.moments.mean
                residual += float(np.einsum("ij,ij->", errors, errors))
                total += float(np.einsum("ij,ij->", part, part))
        if total == 0:
            return float(residual == 0)
        return float(1 - residual / total)

    @property
    def chunk_rows(self) -> int:
        """Rows that the networks are applied to at a time."""
        return _CHUNK_ROWS.get(self.device.type, defaults.GPU_CHUNK_ROWS)

    def _apply(
        self, function: Callable[[Tensor], Tensor], read: Callable[[slice], Tensor], n_rows: int
    ) -> NDArray[np.float32]:
        def in_chunks(size: int) -> NDArray[np.float32]:
            def apply(start: int) -> Tensor:
                chunk = read(slice(start, min(start + size, n_rows)))
                n_missing = size - len(chunk)
                filled_up = pad(chunk, (0, 0, 0, n_missing)) if n_missing else chunk
                return function(filled_up)[: len(chunk)].cpu()

            return to_array(stacked(map(apply, range(0, n_rows, size)), n_rows))

        self.networks.eval()
        with exact_inference(self.device):
            return in_smaller_chunks(in_chunks, self.chunk_rows)

    def copy(self) -> Model:
        """A copy whose networks can be trained on without touching these."""
        twin = copy(self)
        twin.networks = deepcopy(self.networks)
        return twin

    def to(self, device: torch.device) -> Model:
        """The same model on a device."""
        if device == self.device:
            return self
        twin = self.copy()
        twin.networks.to(device)
        twin.device = device
        return twin
