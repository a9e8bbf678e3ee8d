"""MMD and the classifier two-sample test: values, power, null distributions."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from aae_sklearn.metrics import MMDTest, _arrays, mmd, mmd_test, null_distribution
from aae_sklearn.metrics import two_sample_accuracy as accuracy
from tests import oracles
from tests.metrics.laws import ReplayedPrior, dependent_codes, normal_codes, standardized


def test_mmd_equals_the_slow_twin():
    codes, draws = normal_codes(30, 3) + 0.2, standardized(normal_codes(30, 3, seed=1))
    expected = oracles.squared_mmd(codes, draws)
    assert mmd(codes, ReplayedPrior(draws)) == pytest.approx(expected, abs=1e-12)


def test_mmd_of_far_codes_has_its_closed_form():
    # Two points infinitely far from the prior's: the kernel is 1 among them, 0 across.
    draws = standardized(normal_codes(2, 1))
    found = mmd(np.full((2, 1), 1e9), ReplayedPrior(draws))
    assert found == pytest.approx(1.0 + oracles.imq_kernel(draws[0], draws[1]))


def test_mmd_in_chunks_is_the_same(monkeypatch):
    codes = normal_codes(100)
    whole = mmd_test(codes, "normal", n_permutations=20, random_state=0)
    monkeypatch.setattr(_arrays, "ENTRIES_PER_CHUNK", 30 * 200)
    found = mmd_test(codes, "normal", n_permutations=20, random_state=0)
    assert found.statistic == pytest.approx(whole.statistic, abs=1e-12)
    assert found.p_value == whole.p_value


def test_mmd_does_not_change_when_codes_and_draws_turn_together():
    codes, draws = normal_codes(50) * [1.0, 2.0], normal_codes(50, seed=1)
    draws = draws - draws.mean(axis=0)
    whiten = np.linalg.cholesky(np.linalg.inv(draws.T @ draws / 50))
    codes, draws = codes @ whiten, draws @ whiten
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    expected = mmd(codes, ReplayedPrior(draws))
    assert mmd(codes @ turn, ReplayedPrior(draws @ turn)) == pytest.approx(expected, abs=1e-12)


def test_mmd_scatters_around_zero_under_a_match():
    null = null_distribution(mmd, "normal", 300, 2, n_repeats=60, random_state=0)
    print(f"MMD under a match, n=300: {null.mean():.5f} +- {null.std():.5f}")
    assert abs(null.mean()) < 4 * null.std() / np.sqrt(60)
    assert null.std() == pytest.approx(0.25 / 300, rel=0.5)


def test_mmd_p_values_are_uniform_under_a_match():
    def p_value(codes, prior, random_state):
        return mmd_test(codes, prior, n_permutations=49, random_state=random_state).p_value

    null = null_distribution(p_value, "normal", 60, 2, n_repeats=100, random_state=0)
    assert null.mean() == pytest.approx(0.5, abs=4 * np.sqrt(1 / 12 / 100))
    assert np.mean(null <= 0.2) == pytest.approx(0.2, abs=0.16)


def test_mmd_sees_dependence_behind_exact_marginals():
    result = mmd_test(dependent_codes(300), "normal", n_permutations=99, random_state=0)
    assert isinstance(result, MMDTest)
    assert result.p_value == 0.01
    statistic = mmd(dependent_codes(300), "normal", random_state=0)
    assert result.statistic == pytest.approx(statistic, abs=1e-12)


def test_mmd_takes_no_more_codes_than_asked():
    codes = np.concatenate([normal_codes(100), normal_codes(100)])
    few = mmd(codes, "normal", max_samples=20, random_state=0)
    assert few != mmd(codes, "normal", max_samples=None, random_state=0)


def test_a_classifier_cannot_tell_draws_from_draws():
    null = null_distribution(accuracy, "normal", 200, 2, n_repeats=3, random_state=0)
    print(f"classifier accuracy under a match, n=200: {null.mean():.3f} +- {null.std():.3f}")
    assert null.mean() == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(200 * 3))


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (normal_codes(1500) + [2.0, 0.0], 0.841),  # Phi(1), the best there is
        (dependent_codes(1500), 0.75),  # codes fill half of the plane twice as densely
    ],
)
def test_a_classifier_comes_near_the_best_accuracy_there_is(codes, expected):
    assert accuracy(codes, "normal", random_state=0) == pytest.approx(expected, abs=0.05)


def test_ones_own_classifier_is_cloned_and_used():
    mine = LogisticRegression()
    found = accuracy(dependent_codes(1000), "normal", classifier=mine, random_state=0)
    assert found == pytest.approx(0.5, abs=0.07)  # a linear one sees no difference
    assert not hasattr(mine, "coef_")


def test_too_few_codes_for_a_classifier_are_refused():
    with pytest.raises(ValueError, match="at least 40 codes to learn from, got 39"):
        accuracy(normal_codes(39), "normal")
    assert 0.0 <= accuracy(normal_codes(40), "normal", random_state=0) <= 1.0


def test_a_code_beyond_float32_is_told_apart():
    codes = np.random.default_rng(0).normal(size=(400, 2))
    codes[0] = 1e40
    assert 0.3 < accuracy(codes, "normal", random_state=0) < 0.7
