"""Match of codes with the prior: a classifier that tells codes from samples of the prior."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesClassifier, VotingClassifier
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from aae_sklearn.metrics._arrays import check_count
from aae_sklearn.metrics._comparison import PriorLike, RandomState, compare

__all__ = ["two_sample_accuracy"]

FEWEST_CODES = 40
FARTHEST = 1e30  # trees read float32, which ends at 1e38


def two_sample_accuracy(
    codes: ArrayLike,
    prior: PriorLike,
    *,
    classifier: Any = None,
    max_samples: int | None = 10_000,
    random_state: RandomState = None,
) -> float:
    """Accuracy of a classifier that is trained to tell codes from samples of the prior.

    Codes and as many samples are split into two halves [1]_. The classifier is trained on one
    half and scored on the other. Its features are the vectors in the prior's working space, in
    units of the samples' standard deviations, and the lengths of the vectors.

    Parameters
    ----------
    codes : array-like of shape (n_samples, n_components)
        Output of ``transform`` for held-out rows.
    prior : Prior, str, or anything that `resolve_prior` takes
        The distribution that the codes should have: ``prior_`` of a fitted estimator.
    classifier : scikit-learn classifier, default=None
        The classifier, of which a clone is trained. None takes a vote of 100 extremely
        randomised trees, which detect gaps between clusters, and a neural network, which
        detects smooth differences in many dimensions.
    max_samples : int, default=10_000
        Largest number of codes, at least 40, which are compared with as many samples. None takes
        all codes.
    random_state : int, RandomState instance or None, default=None
        Source of samples, of the split, and of the default classifier.

    Returns
    -------
    accuracy : float
        About 0.5 if codes match the prior, 1 if the classifier is always right.

    Raises
    ------
    ValueError
        If the codes hold NaN or infinity, if they are fewer than 40, or if the prior has no
        codes of their width.

    Notes
    -----
    Null distribution: for n codes a binomial share, with mean 0.5 and standard deviation
    0.5 / sqrt(n). Values below 0.5 are due to chance.

    References
    ----------
    .. [1] Lopez-Paz and Oquab, "Revisiting classifier two-sample tests", ICLR 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from aae_sklearn.metrics import two_sample_accuracy
    >>> codes = np.random.default_rng(0).normal(size=(500, 2))
    >>> two_sample_accuracy(codes, "normal", random_state=0) < 0.6
    True
    >>> two_sample_accuracy(codes + 2.0, "normal", random_state=0) > 0.85
    True
    """
    if max_samples is not None:
        check_count("max_samples", max_samples, least=FEWEST_CODES)
    comparison = compare(codes, prior, random_state, max_samples=max_samples)
    if len(comparison.codes) < FEWEST_CODES:
        raise ValueError(
            f"a classifier needs at least {FEWEST_CODES} codes to learn from, "
            f"got {len(comparison.codes)}; pass more rows or use ks_statistic"
        )
    pooled = np.concatenate(comparison.standardized())
    features = np.column_stack([pooled, np.linalg.norm(pooled, axis=1)])
    features = np.clip(features, -FARTHEST, FARTHEST)
    is_draw = np.repeat([False, True], len(comparison.codes))
    seed = int(comparison.rng.randint(2**31 - 1))
    train, test, is_draw_train, is_draw_test = train_test_split(
        features, is_draw, test_size=0.5, stratify=is_draw, random_state=seed
    )
    fresh = _default_classifier(seed) if classifier is None else clone(classifier)
    return float(fresh.fit(train, is_draw_train).score(test, is_draw_test))


def _default_classifier(seed: int) -> VotingClassifier:
    trees = ExtraTreesClassifier(n_estimators=100, min_samples_leaf=10, random_state=seed)
    network = MLPClassifier(
        (64, 64), learning_rate_init=3e-3, early_stopping=True, max_iter=1000, random_state=seed
    )
    members = [("trees", trees), ("network", make_pipeline(StandardScaler(), network))]
    return VotingClassifier(members, voting="soft")
