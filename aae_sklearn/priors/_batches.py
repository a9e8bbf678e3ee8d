"""Batches of samples of the prior in the working space, sampled block by block.

A call of a prior costs about the same for one batch as for many, so a block of several batches
is sampled at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aae_sklearn.priors._base import Prior
from aae_sklearn.runtime._tensors import to_tensor
from aae_sklearn.settings import _defaults as defaults


class PriorBatches(Iterator[Tensor]):
    """An endless iterator over batches of samples of the prior, which can be saved and resumed.

    Parameters
    ----------
    prior : Prior
        The prior.
    shape : tuple of (batch_size, n_components)
        Number of samples of a batch, and of components of a code.
    random_state : RandomState
        Source of randomness. Others may use it between two batches.
    device : torch.device
        Device of the batches.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from aae_sklearn.priors import NormalPrior
    >>> from aae_sklearn.priors._batches import PriorBatches
    >>> args = NormalPrior(), (4, 2)
    >>> batches = PriorBatches(*args, np.random.RandomState(0), torch.device("cpu"))
    >>> next(batches).shape
    torch.Size([4, 2])
    >>> resumed = PriorBatches(*args, np.random.RandomState(1), torch.device("cpu"))
    >>> resumed.load_state_dict(batches.state_dict())
    >>> torch.equal(next(resumed), next(batches))
    True
    """

    def __init__(
        self,
        prior: Prior,
        shape: tuple[int, int],
        random_state: np.random.RandomState,
        device: torch.device,
    ) -> None:
        self.prior = prior
        self.batch_size, self.n_components = shape
        self.random_state = random_state
        self.device = device
        block_elements = self.batch_size * self.n_components
        self.batches_per_block = max(1, defaults.PRIOR_BLOCK_ELEMENTS // block_elements)
        self._block: tuple[Tensor, ...] = ()
        self._position = 0  # batches of the block that were given out
        self._before_block = random_state.get_state(legacy=False)

    def __next__(self) -> Tensor:
        if self._position == len(self._block):
            self._sample_block()
        self._position += 1
        return self._block[self._position - 1]

    def state_dict(self) -> dict[str, Any]:
        """Where the iterator stands.

        The block is not part of the state: `load_state_dict` samples it again from the generator's
        state before it.

        Returns
        -------
        state : dict
            The generator's states before the present block and now, as
            ``RandomState.get_state(legacy=False)`` gives them; the number of batches of the
            block that were given out; the number of batches of a block.
        """
        return {
            "before_block": self._before_block,
            "random_state": self.random_state.get_state(legacy=False),
            "position": self._position,
            "batches_per_block": self.batches_per_block,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where another iterator stood, over the same prior and shape of batches.

        Parameters
        ----------
        state : dict
            What `state_dict` returned. The generator `random_state` is set to its state, too.
        """
        self.batches_per_block = state["batches_per_block"]
        self.random_state.set_state(state["before_block"])
        self._block, self._before_block = (), state["before_block"]
        if state["position"] > 0:
            self._sample_block()
        self._position = state["position"]
        # Others may have used the generator since the block was sampled.
        self.random_state.set_state(state["random_state"])

    def _sample_block(self) -> None:
        self._before_block = self.random_state.get_state(legacy=False)
        n_samples = self.batches_per_block * self.batch_size
        block = self.prior.sample_working(n_samples, self.n_components, self.random_state)
        self._block = to_tensor(block, self.device).split(self.batch_size)
        self._position = 0
