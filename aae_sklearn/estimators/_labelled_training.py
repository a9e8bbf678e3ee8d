"""What trains a model that knows classes, put together from its config.

Makhzani et al., "Adversarial Autoencoders", arXiv 1511.05644, Figures 8 to 10: one discriminator
for the classes and one for the style, a decoder that reads both, and cross-entropy.
"""

from __future__ import annotations

from torch import Tensor

from aae_sklearn.estimators._recipes import kernel_distances
from aae_sklearn.estimators._teachers import Lesson, make_lessons
from aae_sklearn.estimators._training import encoding
from aae_sklearn.game._game import Game
from aae_sklearn.game._label_terms import ClassMeans, HeadsApart, LabelLoss, OnPart
from aae_sklearn.game._losses import squared_error
from aae_sklearn.game._noise import InputNoise, input_noise_spread
from aae_sklearn.game._part_game import ClassGame, StyleGame
from aae_sklearn.game._schedules import Clock, PlannedSchedule
from aae_sklearn.game._step import Trainer
from aae_sklearn.game._terms import Deception, Reconstruction, Term
from aae_sklearn.layout._graph import Graph
from aae_sklearn.model._model import Model
from aae_sklearn.networks._heads import AddedHeads
from aae_sklearn.rows._scaling import mean_row_loss
from aae_sklearn.runtime._run import Run
from aae_sklearn.settings import _defaults as defaults


def make_labelled_trainer(
    model: Model, x: Tensor, lesson: Lesson, graph: Graph, n_steps: int, run: Run
) -> Trainer:
    """The trainer of a model in so many steps on rows whose inputs are x."""
    config = model.config
    clock = Clock(PlannedSchedule(n_steps))
    games = _games(model, clock, run) if config.adversarial_weight > 0 else []
    encoder, decoder = model.networks.encoder, model.networks.decoder
    baseline, weight = _baseline(model), defaults.CLASS_MEANS_WEIGHT
    lessons = make_lessons(x, lesson, graph, run)
    means = class_means(x, lessons.probabilities)
    terms: list[Term] = [
        Reconstruction(decoder, squared_error, baseline, lambda z, z_prior: z),
        ClassMeans(decoder, means, baseline, weight),
        LabelLoss(encoder, lessons, defaults.LABEL_WEIGHT),
        *_matching(model, games),
        *_apart(model, means, run),
    ]
    generator = run.randomness.noise
    noise = InputNoise(input_noise_spread(len(x), config.network.n_seen), generator)
    return Trainer(
        model.networks,
        encoding(model, noise, generator),
        terms,
        games,
        clock=clock,
        rate=config.learning_rate,
        precision=run.precision,
        generator=generator,
    )


def _n_classes(model: Model) -> int:
    heads = model.config.network.heads
    assert heads is not None
    return heads.n_classes


def _games(model: Model, clock: Clock, run: Run) -> list[Game]:
    """That about the classes, and that about the style."""
    rate, generator = model.config.discriminator_learning_rate, run.randomness.noise
    discriminators, n_classes = model.networks.discriminators, _n_classes(model)
    return [
        ClassGame(n_classes, discriminators["classes"], rate, clock, generator),
        StyleGame(n_classes, discriminators["codes"], rate, clock, generator),
    ]


def _matching(model: Model, games: list[Game]) -> list[Term]:
    """Terms that bring classes to their shares and styles to the prior."""
    if not games:
        return []
    weight, n_components = model.config.adversarial_weight, model.config.network.n_seen
    of_classes, of_style = games
    terms: list[Term] = [
        Deception(of_classes, weight, "class_encoder_loss"),
        Deception(of_style, weight),
    ]
    style = slice(_n_classes(model), None)
    return [*terms, *(OnPart(term, style) for term in kernel_distances(weight, n_components))]


def _apart(model: Model, means: Tensor, run: Run) -> list[Term]:
    """Heads are placed, and kept apart."""
    decoder = model.networks.decoder
    if not isinstance(decoder, AddedHeads):
        return []
    decoder.place(means, run.randomness.noise)
    return [HeadsApart(decoder.heads, defaults.HEADS_DISTANCE)]


def class_means(x: Tensor, probabilities: Tensor) -> Tensor:
    """Mean inputs of each class, shape (n_classes, n_inputs); the mean row's of an empty one."""
    n_each = probabilities.sum(dim=0)[:, None]
    mean = x.mean(dim=0)
    off_mean = probabilities.T @ (x - mean)
    return mean + off_mean / n_each.clamp(min=1)


def _baseline(model: Model) -> float:
    """The reconstruction loss of the mean row."""
    loss = mean_row_loss(model.moments, model.inputs.standardizer, "squared_error")
    return loss * model.inputs.rotation.gain**2
