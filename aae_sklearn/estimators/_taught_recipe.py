"""How a parametric map is trained: by its teacher, and for the rest as a map."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from aae_sklearn.estimators._recipes import MapRecipe
from aae_sklearn.game._terms import Imitation, Term
from aae_sklearn.settings import _defaults as defaults


class TaughtRecipe(MapRecipe):
    """The encoder reads lessons, which hold noise already, and imitates the layout.

    Reconstruction and what brings the codes to the prior act as on a map whose encoder reads
    places.
    """

    def noise(self, generator: torch.Generator) -> Callable[[Tensor], Tensor]:
        return lambda h: h[:, : -self.model.n_components]

    def keep(self) -> list[Term]:
        return [Imitation(defaults.IMITATION_WEIGHT, self.scale)]
