"""Steps where the device's memory does not hold a batch: the networks then read it in pieces.

Terms and games see the whole batch, since most of them compare its codes with each other. Memory
goes into what the layers keep for their gradients. So only the networks read pieces, and what the
layers keep of a piece is computed again for its gradients (Chen, Xu, Zhang, Guestrin, "Training
Deep Nets with Sublinear Memory Cost", arXiv 1604.06174). Results are the same but for rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from aae_sklearn.runtime._memory import in_smaller_chunks

T = TypeVar("T")


class Pieces:
    """How many rows the networks read at a time: a batch, or fewer once memory has run out.

    Parameters
    ----------
    modules : sequence of Module
        The networks. With batch normalisation, whose result depends on all rows of a batch, they
        cannot read pieces, and memory that runs out is an error.
    generator : torch.Generator or None
        Of what is drawn in a step; None if nothing is.
    """

    def __init__(self, modules: Sequence[nn.Module], generator: torch.Generator | None) -> None:
        self.modules = modules
        self.generator = generator
        parts = (part for module in modules for part in module.modules())
        self._can_be_cut = not any(isinstance(part, _BatchNorm) for part in parts)
        self._most_rows: int | None = None

    def random_state(self) -> Tensor | None:
        """Where the generator stands."""
        return None if self.generator is None else self.generator.get_state()

    def run(self, task: Callable[[], T], n_rows: int) -> T:
        """What a task returns, which is begun again, with the same draws, in smaller pieces.

        Warns
        -----
        SmallerChunksWarning
            Each time that memory has run out.
        """
        if not self._can_be_cut:
            return task()
        first, start = min(self._most_rows or n_rows, n_rows), self.random_state()

        def attempt(size: int) -> T:
            if size < first:
                self._most_rows = size
                self._set(start)
            with _cut(self.modules, size, n_rows):
                return task()

        return in_smaller_chunks(attempt, first)

    def again(self, task: Callable[[], T], start: Tensor | None) -> T:
        """What a task returned that began there; later draws stay what they are."""
        now = self.random_state()
        self._set(start)
        found = task()
        self._set(now)
        return found

    def _set(self, state: Tensor | None) -> None:
        if self.generator is not None and state is not None:
            self.generator.set_state(state)


@contextmanager
def _cut(modules: Sequence[nn.Module], size: int, n_rows: int) -> Iterator[None]:
    """Let modules read so many rows at a time."""
    if size >= n_rows:
        yield
        return
    own = [vars(module).get("forward") for module in modules]  # compiled, or wrapped by a user
    for module in modules:
        module.forward = partial(_in_pieces, module.forward, size)
    try:
        yield
    finally:
        for module, forward in zip(modules, own, strict=True):
            del module.forward
            if forward is not None:
                module.forward = forward


def _in_pieces(forward: Callable[[Tensor], Tensor], size: int, x: Tensor) -> Tensor:
    from torch.utils.checkpoint import checkpoint  # most fits do without

    return torch.cat([checkpoint(forward, part, use_reentrant=False) for part in x.split(size)])
