"""Classes and styles as one distribution."""

import numpy as np
import pytest
import torch

from aae_sklearn.priors import LaplacePrior, NormalPrior
from aae_sklearn.priors._labelled import LabelledPrior
from aae_sklearn.priors._packing import pack_prior, unpack_prior
from aae_sklearn.runtime._packing import Packer, Unpacker

SHARES = [0.2, 0.5, 0.3]


def test_samples_have_one_class_by_its_share_and_a_style_that_does_not_depend_on_it():
    codes = LabelledPrior(SHARES, NormalPrior()).sample(20_000, 5, random_state=0)
    classes, styles = codes[:, :3], codes[:, 3:]
    assert set(np.unique(classes)) == {0.0, 1.0}
    np.testing.assert_array_equal(classes.sum(axis=1), 1)
    np.testing.assert_allclose(classes.mean(axis=0), SHARES, atol=0.02)
    np.testing.assert_allclose(np.cov(styles.T), np.eye(2), atol=0.05)
    np.testing.assert_allclose(np.corrcoef(codes.T)[:3, 3:], 0, atol=0.03)


def test_styles_have_the_working_space_of_their_prior():
    prior, style = LabelledPrior(SHARES, LaplacePrior()), LaplacePrior()
    codes = prior.sample(100, 5, random_state=1)
    working = prior.to_working(codes)
    np.testing.assert_array_equal(working[:, :3], codes[:, :3])
    np.testing.assert_allclose(working[:, 3:], style.to_working(codes[:, 3:]))
    np.testing.assert_allclose(prior.from_working(working), codes)
    np.testing.assert_allclose(prior.sample_working(100, 5, random_state=1), working)


def test_the_encoders_output_becomes_probabilities_and_a_style():
    output = torch.tensor([[0.0, 1.0, -1.0, 2.5, -3.0]])
    projected = LabelledPrior(SHARES, NormalPrior()).project(output)
    by_hand = np.exp([0.0, 1.0, -1.0]) / np.exp([0.0, 1.0, -1.0]).sum()
    np.testing.assert_allclose(projected[0, :3], by_hand, rtol=1e-6)
    assert projected[0, 3:].tolist() == [2.5, -3.0]


@pytest.mark.parametrize("shares", [[0.5, 0.6], [1.2, -0.2]])
def test_shares_that_are_no_probabilities_are_refused(shares):
    with pytest.raises(ValueError, match="probabilities that sum to 1"):
        LabelledPrior(shares, NormalPrior()).check(4)


def test_it_survives_packing():
    packer = Packer()
    packed = pack_prior(LabelledPrior(np.array(SHARES), LaplacePrior()), packer, "prior")
    found = unpack_prior(packed, Unpacker(packer.arrays, packer.objects))
    assert found.shares.tolist() == SHARES
    assert type(found.style) is LaplacePrior
