"""Samples of the mixture component that belongs to each row's class.

Makhzani et al., "Adversarial Autoencoders", arXiv 1511.05644, section 2.3: a labelled code is to
be taken for a sample of its class's component, an unlabelled one for a sample of the mixture.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aae_sklearn.priors._base import Prior
from aae_sklearn.priors._mixture import MixturePrior
from aae_sklearn.runtime._run import Run, Targets
from aae_sklearn.runtime._tensors import to_array, to_tensor


class Conditioned(NamedTuple):
    """Samples, and the classes that they are of.

    Attributes
    ----------
    z_prior : Tensor of shape (n_rows, n_components)
        In the working space.
    labels : Tensor of shape (n_rows, n_classes + 1)
        1 at each row's class, at the last place where its label is unknown or not shown; else 0.
    """

    z_prior: Tensor
    labels: Tensor


class ConditionalSamples:
    """Draws samples for rows, by their labels.

    Parameters
    ----------
    prior : MixturePrior
        With one mixture component for each class.
    codes : ndarray of shape (n_rows,)
        Class of each row, negative where it is unknown.
    share : float
        Of the known labels that are shown at a time.
    n_components : int
        Width of a code.
    random_state : RandomState
    device : torch.device
    """

    def __init__(
        self,
        prior: MixturePrior,
        codes: NDArray[np.int64],
        share: float,
        n_components: int,
        random_state: np.random.RandomState,
        device: torch.device,
    ) -> None:
        self.prior = prior
        self.codes = codes
        self.share = share
        self.n_components = n_components
        self.random_state = random_state
        self.device = device
        self.weights = prior.component_weights(n_components)

    def draw(self, index: Tensor) -> Conditioned:
        """Samples for the rows of an index."""
        codes = self.codes[to_array(index)]
        return self._draw(codes, self.random_state.uniform(size=len(codes)) < self.share)

    def start(self, codes: Tensor) -> Tensor:
        """Samples for all rows whose class is known, and the codes that others have."""
        z, labels = self._draw(self.codes, np.ones(len(self.codes), dtype=np.bool_))
        return torch.where(labels[:, -1:] == 0, z, codes)

    def _draw(self, codes: NDArray[np.int64], may_show: NDArray[np.bool_]) -> Conditioned:
        n_classes, random = len(self.weights), self.random_state
        is_shown = (codes >= 0) & may_show
        others = random.choice(n_classes, size=len(codes), p=self.weights)
        component = np.where(is_shown, codes, others)
        z: Any = self.prior.sample_component(component, self.n_components, random)
        shown = np.where(is_shown, codes, n_classes)
        labels = np.eye(n_classes + 1, dtype=np.float32)[shown]
        working = to_tensor(self.prior.to_working(z), self.device)
        return Conditioned(working, to_tensor(labels, self.device))


def has_component_for_each(prior: Prior, targets: Targets | None) -> bool:
    """Whether there are a mixture component for each class, and no other."""
    if targets is None or targets.n_classes < 2:
        return False
    return prior.n_mixture_components == targets.n_classes


def conditional_samples(
    prior: Prior, share: float, n_components: int, run: Run
) -> ConditionalSamples | None:
    """Samples by the labels of the rows that are trained on, if each class has a component."""
    targets = run.targets
    if targets is None or not has_component_for_each(prior, targets):
        return None
    numpy, mixture = run.randomness.numpy, cast(MixturePrior, prior)
    return ConditionalSamples(mixture, targets.codes, share, n_components, numpy, run.device)
