"""Terms of models that know classes, against closed forms and loops."""

import numpy as np
import torch
from torch import nn

from aae_sklearn.game._label_terms import ClassMeans, HeadsApart, LabelLoss, OnPart
from aae_sklearn.game._lessons import ClassLessons
from aae_sklearn.game._losses import soft_cross_entropy
from aae_sklearn.game._part_game import ClassGame, StyleGame
from aae_sklearn.game._schedules import Clock, PlannedSchedule
from aae_sklearn.game._terms import Batch, KernelDistance, Latent
from aae_sklearn.networks._heads import AddedHeads


def generator():
    return torch.Generator().manual_seed(0)


def a_batch(z_prior):
    n_rows = len(z_prior)
    return Batch(torch.arange(n_rows), torch.zeros(n_rows, 3), torch.zeros(n_rows, 3), z_prior)


def lessons(known, noise_of=1.0):
    x = torch.randn(50, 4, generator=generator())
    probabilities = torch.eye(2)[torch.arange(50) % 2]
    neighbors = torch.stack([(torch.arange(50) + k) % 50 for k in (2, 4)], dim=1)
    spread = noise_of * x.std(dim=0)
    return ClassLessons(
        x, probabilities, torch.ones(50), spread, neighbors, torch.tensor(known), generator()
    )


def test_cross_entropy_is_the_weighted_mean_of_its_definition():
    logits = np.random.default_rng(0).normal(size=(6, 3))
    wanted = np.random.default_rng(1).dirichlet([1, 1, 1], size=6)
    weights = np.arange(6.0)
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    expected = -(weights * (wanted * logs).sum(axis=1)).sum() / weights.sum()
    tensors = (torch.from_numpy(array) for array in (logits, wanted, weights))
    np.testing.assert_allclose(float(soft_cross_entropy(*tensors)), expected)


def test_lessons_keep_the_class_where_all_neighbours_have_it():
    lesson = lessons([3]).draw(400)
    assert lesson.x.shape == (400, 4)
    np.testing.assert_allclose(lesson.probabilities.sum(dim=1), 1, rtol=1e-6)
    assert set(lesson.probabilities.flatten().tolist()) == {0.0, 1.0}


def test_a_quarter_of_the_lessons_at_least_are_of_rows_whose_class_is_given():
    # Row 3's neighbours are 5 and 7: all three have class 1, as every odd row.
    drawn = [lessons(known).draw(400).probabilities[:, 1].mean().item() for known in ([3], [2])]
    assert drawn[0] > 0.55
    assert drawn[1] < 0.45


def test_the_label_loss_is_taken_of_the_first_outputs():
    class Sees(nn.Module):
        def forward(self, x):
            return torch.cat([torch.zeros(len(x), 2), 100 * x], dim=1)

    term = LabelLoss(Sees(), lessons([3]), 1.0)
    value = term(a_batch(torch.zeros(8, 5)), Latent(torch.zeros(8, 5)))
    np.testing.assert_allclose(float(value), np.log(2), rtol=1e-6)


def test_means_of_samples_are_compared_class_by_class():
    z_prior = torch.cat([torch.eye(3)[[0, 0, 1, 1, 1, 0]], torch.randn(6, 2)], dim=1)
    means = torch.randn(3, 2, generator=generator())
    decoder = nn.Linear(5, 2)
    term = ClassMeans(decoder, means, baseline=2.0, weight=1.0)
    decoded, classes = decoder(z_prior).detach(), z_prior[:, :3].argmax(dim=1)
    total = sum(
        (classes == k).sum() * (decoded[classes == k].mean(dim=0) - means[k]).square().sum()
        for k in (0, 1)
    )
    value = term(a_batch(z_prior), Latent(z_prior))
    np.testing.assert_allclose(float(value.detach()), float(total / (6 * 2.0)), rtol=1e-5)


def test_heads_that_are_far_enough_cost_nothing():
    heads = nn.Parameter(torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 2.0]]))
    overlap = HeadsApart(heads, distance=3.0)(a_batch(torch.zeros(2, 2)), Latent(heads))
    assert overlap.item() == 1.0  # of the pair at distance 2; the others are 5 and 3.6 apart


def test_heads_are_placed_apart_and_like_means_are_near():
    decoder = AddedHeads(nn.Identity(), 6, 2)
    means = torch.tensor([[0.0], [1.0], [10.0], [11.0], [20.0], [21.0]]) * torch.ones(1, 4)
    decoder.place(means, generator())
    distances = torch.cdist(decoder.heads, decoder.heads)
    assert distances[~torch.eye(6, dtype=bool)].min() > 4
    assert distances[0, 1] < distances[0, 5]
    y, z = torch.eye(6), torch.randn(6, 2)
    np.testing.assert_allclose(
        decoder(torch.cat([y, z], dim=1)).detach(), (decoder.heads + z).detach(), rtol=1e-6
    )


def test_a_term_on_a_part_sees_that_part():
    z, z_prior = torch.randn(8, 5), torch.randn(8, 5)
    term = KernelDistance(2.0)
    seen = OnPart(term, slice(2, None))
    whole = term(a_batch(z_prior[:, 2:]), Latent(z[:, 2:]))
    assert torch.equal(seen(a_batch(z_prior), Latent(z)), whole)
    assert (seen.name, seen.weight) == ("kernel_distance", 2.0)


def test_only_the_style_learns_from_the_game_about_styles():
    clock = Clock(PlannedSchedule(10))
    codes = torch.randn(6, 5, requires_grad=True)
    game = StyleGame(3, nn.Linear(5, 1), 0.1, clock, generator())
    (gradient,) = torch.autograd.grad(game.deceive(codes), codes)
    assert (gradient[:, :3] == 0).all()
    assert (gradient[:, 3:] != 0).all()
    of_classes = ClassGame(3, nn.Linear(3, 1), 0.1, clock, generator())
    (gradient,) = torch.autograd.grad(of_classes.deceive(codes), codes)
    assert (gradient[:, 3:] == 0).all()
    assert of_classes.discriminate(codes.detach(), codes).item() > 0
