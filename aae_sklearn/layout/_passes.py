"""Where a layout stands: codes, steps that are done, and what is drawn in later ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor


class Passes:
    """Passes over the rows, each in an order of its own; can be saved and resumed.

    Parameters
    ----------
    codes : Tensor of shape (n_components, n_rows)
        Changed in place.
    draws : iterator of Tensor
        Samples of the prior; with a state, if that of the layout is asked for.
    n_passes, batch_size : int
    generator : torch.Generator

    Attributes
    ----------
    n_done : int
        Steps that are done.
    """

    def __init__(
        self,
        codes: Tensor,
        draws: Iterator[Tensor],
        n_passes: int,
        batch_size: int,
        generator: torch.Generator,
    ) -> None:
        self.codes = codes
        self.draws: Any = draws
        self.n_passes = n_passes
        self.batch_size = batch_size
        self.generator = generator
        self.n_done = 0
        self._before_pass: Tensor | None = None  # the generator's state, once a pass is begun
        self._resumed: Tensor | None = None  # its state in the middle of a pass

    @property
    def n_steps(self) -> int:
        """Steps of all passes; rows that fill no batch sit a pass out."""
        return self.n_passes * self._n_batches

    @property
    def n_complete(self) -> int:
        """Passes that are done."""
        return self.n_done // self._n_batches

    @property
    def _n_batches(self) -> int:
        return self.codes.shape[1] // self.batch_size

    def batches(self) -> Iterator[Tensor]:
        """Rows of the steps of the present pass that are not done yet."""
        self._before_pass = self.generator.get_state()
        n_rows, device = self.codes.shape[1], self.codes.device
        order = torch.randperm(n_rows, generator=self.generator, device=device)
        if self._resumed is not None:
            self.generator.set_state(self._resumed)
            self._resumed = None
        rows = order[: self._n_batches * self.batch_size].view(self._n_batches, -1)
        return iter(rows[self.n_done % self._n_batches :])

    def end_step(self) -> None:
        """One more step is done."""
        self.n_done += 1
        if self.n_done % self._n_batches == 0:
            self._before_pass = None

    def state_dict(self) -> dict[str, Any]:
        """Everything that later steps depend on; an order is drawn again."""
        return {
            "codes": self.codes,
            "n_done": self.n_done,
            "before_pass": self._before_pass,
            "generator": self.generator.get_state(),
            "draws": self.draws.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.codes.copy_(state["codes"])
        self.n_done = state["n_done"]
        self.draws.load_state_dict(state["draws"])
        if state["before_pass"] is None:
            self.generator.set_state(state["generator"])
            return
        self.generator.set_state(state["before_pass"])
        self._resumed = state["generator"]
