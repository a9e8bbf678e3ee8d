"""A trained model as a value: rows to codes, codes to rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aae_sklearn.model._typical import Typical
from aae_sklearn.networks._build import Networks
from aae_sklearn.priors import Prior
from aae_sklearn.priors._labelled import LabelledPrior
from aae_sklearn.rows._filled import known_cells
from aae_sklearn.rows._inputs import Features, Inputs, Reader
from aae_sklearn.rows._missing import Filler
from aae_sklearn.rows._rows import Transformed, chunk_slices, dense
from aae_sklearn.rows._scaling import ColumnMoments
from aae_sklearn.runtime._chunks import chunk_rows, in_equal_chunks
from aae_sklearn.runtime._precision import exact_inference
from aae_sklearn.runtime._products import each_row_alike, is_ours
from aae_sklearn.runtime._tensors import to_array, to_tensor
from aae_sklearn.runtime._threads import (
    in_one_thread,
    in_threads,
    part_size,
)
from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._config import TrainingConfig

OUTPUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "squared_error": torch.nn.Identity(),
    "log_loss": torch.sigmoid,
}


_as_it_is = torch.nn.Identity()


def explained_share(squared_sums: NDArray[np.float64]) -> float:
    """1 minus the sum of squared errors over that of squared distances to the mean."""
    residual, total = (float(part) for part in squared_sums)
    return float(residual == 0) if total == 0 else 1 - residual / total


@dataclass(frozen=True)
class Model:
    """What maps rows to codes and codes to rows.

    Attributes
    ----------
    config : TrainingConfig
        Of the fit that it comes from.
    inputs : Inputs
        What the decoder writes of a row.
    features : Features
        What the encoder reads of a row.
    networks : Networks
    moments : ColumnMoments
        Of the rows that it was trained on.
    prior : Prior
    device : torch.device
        Where all of it is.
    typical : Typical or None
        How unlike each other fitted rows are.
    filler : Filler or None
        What fills missing cells in before rows get here.
    """

    config: TrainingConfig
    inputs: Inputs
    features: Features
    networks: Networks
    moments: ColumnMoments
    prior: Prior
    device: torch.device
    typical: Typical | None = None
    filler: Filler | None = None

    @property
    def has_references(self) -> bool:
        """Whether features are places among references."""
        return self.config.network.refines

    @property
    def n_components(self) -> int:
        """Width of a code."""
        return self.config.network.n_components

    @property
    def seen_prior(self) -> Prior:
        """The distribution of what a user sees of a code: the style, where there are classes."""
        return self.prior.style if isinstance(self.prior, LabelledPrior) else self.prior

    def encode(self, rows: Any) -> NDArray[np.float64]:
        """Codes in the prior's space: the mean of q(z|x), shape (n_samples, n_components)."""
        return self.reported(self.encode_working(rows))

    def encode_working(self, rows: Any) -> NDArray[np.float32]:
        """Codes in the space that the networks see."""
        read = self.features.reader()
        apply_all = self._apply_all(self.networks.encoder)
        return self._by_blocks(rows, read, self._means, self.n_components, apply_all)

    def encode_features(self, h: Tensor) -> NDArray[np.float64]:
        """The same as `encode`, to the bit, of rows whose features are known."""
        width, apply_all = self.n_components, self._apply_all(self.networks.encoder)
        return self.reported(self._by_blocks(h, _as_it_is, self._means, width, apply_all))

    def read_features(self, rows: Any) -> Tensor:
        """What the encoder reads of the rows; shape (n_samples, n_encoder_inputs)."""
        width = self.config.network.n_encoder_inputs
        read, apply_all = self.features.reader(), self._apply_all(_as_it_is)
        return to_tensor(self._by_blocks(rows, read, _as_it_is, width, apply_all), self.device)

    def draw(self, rows: Any, generator: torch.Generator) -> NDArray[np.float64]:
        """Codes in the prior's space, sampled from q(z|x)."""
        return self.reported(self.draw_working(rows, generator))

    def draw_working(self, rows: Any, generator: torch.Generator) -> NDArray[np.float32]:
        """The same in the space that the networks see."""

        def sampled(h: Tensor) -> Tensor:
            return self._by_chunks(lambda h: self.networks.encoder.draw(h, generator), h)

        read = self.features.reader()
        return self._by_blocks(rows, read, sampled, self.n_components, in_one_thread)

    def decode(self, codes: NDArray[Any]) -> NDArray[np.float64]:
        """Rows in the user's unit, shape (n_samples, n_features)."""
        codes = self.prior.to_working(codes.astype(np.float64))
        farthest = defaults.FARTHEST_CODE
        working = to_tensor(np.clip(codes, -farthest, farthest), self.device)
        output = OUTPUTS[self.config.reconstruction_loss]
        decoder = self.networks.decoder
        rows = np.empty((len(codes), self.config.network.n_features))
        decoder.eval()

        def decode_part(part: slice) -> None:
            with exact_inference(self.device):
                x = in_equal_chunks(lambda z: output(each_row_alike(decoder, z)), working[part])
                rows[part] = self.inputs.restore(x)

        size = part_size(len(codes), defaults.SCORED_BLOCK_ROWS, self.device)
        parts = [slice(start, start + size) for start in range(0, len(codes), size)]
        _applying(decoder)(decode_part, parts, self.device)
        return rows

    def explained_variance(self, rows: Any) -> float:
        """1 minus squared errors over squared distances to the mean training row."""
        return explained_share(self.squared_sums(rows))

    def squared_sums(self, rows: Any) -> NDArray[np.float64]:
        """Sums of squared errors, and of squared distances to the mean training row.

        Cells beyond the bounds count as at them, as the model reads them; missing ones do not.
        """
        given, rows = rows, Transformed(rows, self.inputs.standardizer.clip)
        residual, total = 0.0, 0.0
        for chunk, errors in self.errors(rows):
            deviations = dense(rows[chunk]).astype(np.float64)
            deviations -= self.moments.mean
            known = known_cells(given, chunk)
            if known is not None:
                errors, deviations = errors * known, deviations * known
            residual += float(np.einsum("ij,ij->", errors, errors))
            total += float(np.einsum("ij,ij->", deviations, deviations))
        return np.array([residual, total])

    def errors(
        self, rows: Any, codes: NDArray[np.float64] | None = None
    ) -> Iterator[tuple[slice, NDArray[np.float64]]]:
        """Decoded codes less the rows, chunk by chunk; each with the slice of its rows.

        Codes that are known, as `encode` gives them, are not computed again.
        """
        n_rows, n_features = rows.shape
        for start in range(0, n_rows, defaults.SCORED_BLOCK_ROWS):
            part = slice(start, min(start + defaults.SCORED_BLOCK_ROWS, n_rows))
            block = rows[part]
            of_block = self.encode(block) if codes is None else codes[part]
            n_block = len(of_block)
            for chunk in chunk_slices(n_block, n_features, at_least=chunk_rows(self.device)):
                errors = self.decode(of_block[chunk])
                errors -= dense(block[chunk]).astype(np.float64)
                yield slice(start + chunk.start, start + chunk.stop), errors

    def _by_blocks(
        self,
        rows: Any,
        read: Reader,
        function: Callable[[Tensor], Tensor],
        width: int,
        apply_all: Callable[..., object],
    ) -> NDArray[np.float32]:
        """A function of what is read of rows, block by block; shape (n_samples, width)."""
        n_rows = rows.shape[0]
        size = part_size(n_rows, self.features.block_rows(self.device), self.device)
        parts = [slice(start, min(start + size, n_rows)) for start in range(0, n_rows, size)]
        whole = np.empty((n_rows, width), dtype=np.float32)
        self._end_training()

        def apply(part: slice) -> None:
            with exact_inference(self.device):  # some settings are the process's, some a thread's
                whole[part] = to_array(function(read(rows[part])))

        apply_all(apply, parts, self.device)
        return whole

    def _apply_all(self, network: torch.nn.Module) -> Callable[..., object]:
        """How rows are read and a network is applied to them."""
        return _applying(network) if self.features.reads_in_threads else in_one_thread

    def _end_training(self) -> None:
        """Let modules of users know: for ours, of which there are many, it changes nothing."""
        if self.networks.training or not is_ours(self.networks.encoder):
            self.networks.eval()

    def _means(self, h: Tensor) -> Tensor:
        return self._by_chunks(self.networks.encoder, h)

    def _by_chunks(self, function: Callable[[Tensor], Tensor], h: Tensor) -> Tensor:
        return in_equal_chunks(lambda part: self.prior.project(function(part)), h)

    def reported(self, working: NDArray[np.float32]) -> NDArray[np.float64]:
        """Codes in the prior's space, of codes in the one that the networks see.

        Part by part, as those of millions of rows would be in memory three times.
        """
        codes = np.empty(working.shape)
        for part in chunk_slices(*working.shape):
            codes[part] = self.prior.from_working(working[part].astype(np.float64))
        return codes

    def copy(self) -> Model:
        """A copy whose networks can be trained on without touching these."""
        return replace(self, networks=deepcopy(self.networks))

    def to(self, device: torch.device) -> Model:
        """The same model on a device."""
        if device == self.device:
            return self
        inputs, features, networks = deepcopy((self.inputs, self.features, self.networks))
        return replace(
            self,
            inputs=inputs.to(device),
            features=features.to(device),
            networks=networks.to(device),
            device=device,
        )


def _applying(network: torch.nn.Module) -> Callable[..., object]:
    """How a network is applied: a user's module may keep something from call to call.

    With one of torch's threads, as the others are gone in a process that was forked.
    """
    return in_threads if is_ours(network) else in_one_thread
