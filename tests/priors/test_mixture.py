"""What both mixtures share: components of draws, draws of components."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

from aae_sklearn.priors import GaussianMixturePrior, SwissRollPrior

MIXTURES = [
    (GaussianMixturePrior(), 1),
    (GaussianMixturePrior(), 2),
    (GaussianMixturePrior(4, weights=[0.1, 0.2, 0.3, 0.4]), 6),
    (SwissRollPrior(), 2),
    (SwissRollPrior(n_clusters=4), 3),
]
every_mixture = pytest.mark.parametrize(("prior", "n_components"), MIXTURES)


@every_mixture
def test_components_of_draws_occur_as_often_as_their_weights_say(prior, n_components):
    _, component = prior.sample_components(5000, n_components, random_state=0)
    weights = prior.component_weights(n_components)
    assert len(weights) == prior.n_mixture_components
    counts = np.bincount(component, minlength=len(weights))
    assert stats.chisquare(counts, 5000 * weights).pvalue > 1e-3


@every_mixture
def test_sample_gives_the_codes_of_sample_components(prior, n_components):
    codes, _ = prior.sample_components(20, n_components, random_state=5)
    np.testing.assert_array_equal(prior.sample(20, n_components, random_state=5), codes)


@every_mixture
def test_most_draws_are_assigned_to_their_component(prior, n_components):
    codes, component = prior.sample_components(2000, n_components, random_state=0)
    assert np.mean(prior.assign(codes) == component) > 0.9


@every_mixture
def test_draws_from_a_given_component_have_its_law(prior, n_components):
    codes, component = prior.sample_components(20_000, n_components, random_state=0)
    wanted = np.full(1500, 3)
    drawn = prior.sample_component(wanted, n_components, random_state=1)
    assert drawn.shape == (1500, n_components)
    for column, expected in zip(drawn.T, codes[component == 3].T, strict=True):
        assert stats.ks_2samp(column, expected).pvalue > 1e-3


@every_mixture
def test_components_sum_to_the_density(prior, n_components):
    codes = prior.sample(50, n_components, random_state=0)
    parts = prior.component_log_prob(codes)
    np.testing.assert_allclose(logsumexp(parts, axis=1), prior.log_prob(codes))


@every_mixture
def test_components_that_do_not_exist_are_refused(prior, n_components):
    count = prior.n_mixture_components
    with pytest.raises(ValueError, match=f"component must lie between 0 and {count - 1}"):
        prior.sample_component([0, count], n_components)
    with pytest.raises(ValueError, match="got values from -1 to 0"):
        prior.sample_component([-1, 0], n_components)
    with pytest.raises(TypeError, match="one-dimensional array of integers"):
        prior.sample_component([0.5], n_components)
    with pytest.raises(TypeError, match="one-dimensional array of integers"):
        prior.sample_component([[0]], n_components)


@every_mixture
def test_no_component_gives_no_draws(prior, n_components):
    empty = np.array([], dtype=int)
    assert prior.sample_component(empty, n_components).shape == (0, n_components)
