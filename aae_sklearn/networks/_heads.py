"""A decoder that reads the sum of a class's head and the rest of a code.

Makhzani et al., "Adversarial Autoencoders", arXiv 1511.05644, section 6 and Figure 10: each class
has a head, a vector of the map, and what a row differs from it by is added.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aae_sklearn.settings import _defaults as defaults


class AddedHeads(nn.Module):
    """From a code (y, z) to what is decoded of W y + z.

    Parameters
    ----------
    body : Module
        Decodes points of the map.
    n_classes : int
    n_components : int
        Of the map.

    Attributes
    ----------
    heads : Parameter of shape (n_classes, n_components)
        The transpose of W; 0 till they are placed.
    """

    by_product = True

    def __init__(self, body: nn.Module, n_classes: int, n_components: int) -> None:
        super().__init__()
        self.body = body
        shape = (n_classes, n_components)
        self.heads = nn.Parameter(torch.zeros(shape, device="cpu", dtype=torch.float32))

    @torch.no_grad()
    def place(self, means: Tensor, generator: torch.Generator) -> None:
        """Put heads where the means of the classes are, as far as a map can, and apart.

        Parameters
        ----------
        means : Tensor of shape (n_classes, n_inputs)
        generator : torch.Generator
            On the device of the means.
        """
        n_components = self.heads.shape[1]
        centred = (means - means.mean(dim=0)).double()  # float32 may not converge
        directions = torch.linalg.svd(centred, full_matrices=False)
        leading = (directions.U * directions.S)[:, :n_components].to(means.dtype)
        heads = torch.randn(self.heads.shape, generator=generator, device=means.device)
        spread = leading.square().mean().sqrt().clamp(min=defaults.SMALLEST_VARIANCE)
        heads[:, : leading.shape[1]] += defaults.HEADS_DISTANCE * leading / spread
        for _ in range(defaults.HEADS_STEPS):
            apart = heads[:, None] - heads
            distance = apart.norm(dim=2, keepdim=True).clamp(min=defaults.SMALLEST_VARIANCE)
            push = (1.1 * defaults.HEADS_DISTANCE / distance - 1).clamp(0, 1) * apart
            heads += (push.sum(dim=1) - defaults.HEADS_PULL * heads) / 4
        self.heads.copy_(heads - heads.mean(dim=0))

    def combine(self, codes: Tensor) -> Tensor:
        """Points of the map: W y + z, summed class by class so that rows are treated alike."""
        y, z = codes.split((len(self.heads), self.heads.shape[1]), dim=1)
        place: Tensor = z + (y.float().unsqueeze(2) * self.heads).sum(dim=1)
        return place

    def forward(self, codes: Tensor) -> Tensor:
        decoded: Tensor = self.body(self.combine(codes))
        return decoded
