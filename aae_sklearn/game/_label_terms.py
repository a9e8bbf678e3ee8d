"""Terms of models that know classes: which class a row has, and where heads lie."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from aae_sklearn.game._lessons import ClassLessons
from aae_sklearn.game._losses import soft_cross_entropy
from aae_sklearn.game._terms import Batch, Latent, Term
from aae_sklearn.networks._encoders import Encoder


@dataclass(frozen=True)
class LabelLoss:
    """Cross-entropy of the encoder's classes, on as many lessons as a batch has rows.

    Attributes
    ----------
    encoder : Encoder
        Its first outputs are logits of the classes.
    lessons : ClassLessons
    weight : float
    """

    encoder: Encoder
    lessons: ClassLessons
    weight: float
    name: str = "label_loss"

    def __call__(self, batch: Batch, latent: Latent) -> Tensor:
        lesson = self.lessons.draw(len(batch.index))
        logits = self.encoder(lesson.x)[:, : lesson.probabilities.shape[1]].float()
        return soft_cross_entropy(logits, lesson.probabilities, lesson.weights)


@dataclass(frozen=True)
class OnPart:
    """A term that sees some components of the codes.

    Attributes
    ----------
    term : Term
    part : slice
    """

    term: Term
    part: slice

    @property
    def name(self) -> str:
        """The term's."""
        return self.term.name

    @property
    def weight(self) -> float:
        """The term's."""
        return self.term.weight

    def __call__(self, batch: Batch, latent: Latent) -> Tensor:
        seen = replace(batch, z_prior=batch.z_prior[:, self.part])
        return self.term(seen, Latent(latent.z[:, self.part]))


@dataclass(frozen=True)
class ClassMeans:
    """How far the mean of samples of a class is from the mean of its rows.

    A decoder to which a style says all need not ask for the class, and samples of one class then
    look like any other. Their means tell.

    Attributes
    ----------
    decoder : Module
    means : Tensor of shape (n_classes, n_inputs)
        Of the rows, by the probabilities of their classes.
    baseline : float
        The squared distance of rows from their mean.
    weight : float
    """

    decoder: nn.Module
    means: Tensor
    baseline: float
    weight: float
    name: str = "class_mean_loss"

    def __call__(self, batch: Batch, latent: Latent) -> Tensor:
        is_class = batch.z_prior[:, : len(self.means)]
        n_each = is_class.sum(dim=0)
        x_sampled = self.decoder(batch.z_prior).float()
        sampled = (is_class.T @ x_sampled) / n_each.clamp(min=1)[:, None]
        squared = (sampled - self.means).square().sum(dim=1)
        total: Tensor = (n_each * squared).sum()
        return total / (len(is_class) * self.baseline)


@dataclass(frozen=True)
class HeadsApart:
    """How much nearer two heads are than they may be, squared and summed over pairs.

    Makhzani et al., "Adversarial Autoencoders", arXiv 1511.05644, section 6.

    Attributes
    ----------
    heads : Tensor of shape (n_classes, n_components)
    distance : float
    weight : float
    """

    heads: nn.Parameter
    distance: float
    weight: float = 1.0
    name: str = "heads_overlap"

    def __call__(self, batch: Batch, latent: Latent) -> Tensor:
        between = torch.pdist(self.heads.float())
        return (self.distance - between).clamp(min=0).square().sum()
