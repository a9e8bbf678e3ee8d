"""Measures as scorers, for ``GridSearchCV(scoring=...)`` on held-out rows without labels.

Each is a function ``(estimator, X, y=None) -> float``, higher is better, deterministic.
They ask the fitted estimator for ``transform``, and where needed for
``inverse_transform`` and ``prior_``.  In a `Pipeline` they judge the last step, on the
rows as they reach it; so compare preprocessing steps by something else.
`functools.partial` changes a setting.

Examples
--------
>>> from functools import partial
>>> from aae_sklearn.metrics import prior_match_scorer, trustworthiness_scorer
>>> scoring = {
...     "match": prior_match_scorer,
...     "trustworthiness": partial(trustworthiness_scorer, n_neighbors=5),
... }  # GridSearchCV(aae, grid, scoring=scoring, refit="match")
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline
from sklearn.utils import check_random_state

from aae_sklearn.metrics._arrays import check_rows
from aae_sklearn.metrics._distances import Metric
from aae_sklearn.metrics._draws import RandomState
from aae_sklearn.metrics._maps import distance_rank_correlation, explained_variance
from aae_sklearn.metrics._match import ks_statistic
from aae_sklearn.metrics._neighborhoods import continuity, neighbor_recall, trustworthiness
from aae_sklearn.metrics._two_sample import two_sample_accuracy

__all__ = [
    "combined_scorer",
    "continuity_scorer",
    "distance_rank_correlation_scorer",
    "explained_variance_scorer",
    "neighbor_recall_scorer",
    "prior_match_scorer",
    "trustworthiness_scorer",
    "two_sample_scorer",
]


def explained_variance_scorer(estimator: Any, X: Any, y: Any = None) -> float:
    """`explained_variance` of held-out rows by their decoded codes; at most 1.

    Parameters
    ----------
    estimator : object
        Fitted, with `transform` and `inverse_transform`; or a Pipeline that ends in one.
    X : array-like of shape (n_samples, n_features)
        Rows, held out for an honest figure.
    y : Ignored
        Present because scikit-learn passes it.

    Returns
    -------
    score : float
        At most 1.
    """
    model, rows = _last_step(estimator, X)
    return explained_variance(rows, model.inverse_transform(model.transform(rows)))


def prior_match_scorer(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    n_projections: int = 32,
    random_state: RandomState = 0,
) -> float:
    """``1 - ks_statistic`` of held-out codes and ``estimator.prior_``; between 0 and 1.

    Parameters
    ----------
    estimator : object
        Fitted, with `transform` and `prior_`; or a Pipeline that ends in one.
    X : array-like of shape (n_samples, n_features)
        Rows, held out for an honest figure.
    y : Ignored
        Present because scikit-learn passes it.
    n_projections : int, default=32
        Random directions beside marginals and radius.
    random_state : int, RandomState instance or None, default=0
        Source of randomness.

    Returns
    -------
    score : float
        Between 0 and 1.
    """
    model, rows = _last_step(estimator, X)
    return 1.0 - ks_statistic(
        model.transform(rows),
        _prior_of(model),
        n_projections=n_projections,
        random_state=random_state,
    )


def two_sample_scorer(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    max_samples: int | None = 10_000,
    random_state: RandomState = 0,
) -> float:
    """``1 - two_sample_accuracy`` of held-out codes; 0.5 is a perfect match, 0 the worst.

    It trains a classifier each time it is called, which takes seconds.

    Parameters
    ----------
    estimator : object
        Fitted, with `transform` and `prior_`; or a Pipeline that ends in one.
    X : array-like of shape (n_samples, n_features)
        Rows, held out for an honest figure.
    y : Ignored
        Present because scikit-learn passes it.
    max_samples : int or None, default=10_000
        Rows that are looked at, drawn at random; None is all.
    random_state : int, RandomState instance or None, default=0
        Source of randomness.

    Returns
    -------
    score : float
        0.5 is a perfect match, 0 the worst.
    """
    model, rows = _last_step(estimator, X)
    return 1.0 - two_sample_accuracy(
        model.transform(rows),
        _prior_of(model),
        max_samples=max_samples,
        random_state=random_state,
    )


def combined_scorer(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    n_projections: int = 32,
    random_state: RandomState = 0,
) -> float:
    """Explained variance times prior match: ``R2 * (1 - KS)``, or ``R2`` where that is negative.

    A product, so that losing one per cent of the explained variance weighs as much as
    losing one per cent of the match, however much variance the data lets n_components
    explain.  Neither a perfect match of collapsed codes nor a plain autoencoder wins.

    Parameters
    ----------
    estimator : object
        Fitted, with `transform`, `inverse_transform` and `prior_`; or a Pipeline that ends in one.
    X : array-like of shape (n_samples, n_features)
        Rows, held out for an honest figure.
    y : Ignored
        Present because scikit-learn passes it.
    n_projections : int, default=32
        Random directions beside marginals and radius.
    random_state : int, RandomState instance or None, default=0
        Source of randomness.

    Returns
    -------
    score : float
        At most 1.
    """
    explained = explained_variance_scorer(estimator, X)
    if explained <= 0.0:
        return explained
    return explained * prior_match_scorer(
        estimator, X, n_projections=n_projections, random_state=random_state
    )


def trustworthiness_scorer(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    n_neighbors: int = 15,
    metric: Metric = "euclidean",
    max_samples: int | None = 5000,
    random_state: RandomState = 0,
) -> float:
    """`trustworthiness` of the map of held-out rows, of at most ``max_samples`` of them.

    Parameters
    ----------
    estimator : object
        Fitted, with `transform`; or a Pipeline that ends in one.
    X : array-like of shape (n_samples, n_features)
        Rows, held out for an honest figure.
    y : Ignored
        Present because scikit-learn passes it.
    n_neighbors : int, default=15
        Size of a neighbourhood.
    metric : str or callable, default="euclidean"
        Distance between rows.
    max_samples : int or None, default=5000
        Rows that are looked at, drawn at random; None is all.
    random_state : int, RandomState instance or None, default=0
        Source of randomness.

    Returns
    -------
    score : float
        Between 0 and 1.
    """
    rows, codes = _rows_and_codes(estimator, X, max_samples, random_state)
    return trustworthiness(rows, codes, n_neighbors=n_neighbors, metric=metric)


def continuity_scorer(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    n_neighbors: int = 15,
    metric: Metric = "euclidean",
    max_samples: int | None = 5000,
    random_state: RandomState = 0,
) -> float:
    """`continuity` of the map of held-out rows, of at most ``max_samples`` of them.

    Parameters
    ----------
    estimator : object
        Fitted, with `transform`; or a Pipeline that ends in one.
    X : array-like of shape (n_samples, n_features)
        Rows, held out for an honest figure.
    y : Ignored
        Present because scikit-learn passes it.
    n_neighbors : int, default=15
        Size of a neighbourhood.
    metric : str or callable, default="euclidean"
        Distance between rows.
    max_samples : int or None, default=5000
        Rows that are looked at, drawn at random; None is all.
    random_state : int, RandomState instance or None, default=0
        Source of randomness.

    Returns
    -------
    score : float
        Between 0 and 1.
    """
    rows, codes = _rows_and_codes(estimator, X, max_samples, random_state)
    return continuity(rows, codes, n_neighbors=n_neighbors, metric=metric)


def neighbor_recall_scorer(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    n_neighbors: int = 15,
    metric: Metric = "euclidean",
    max_samples: int | None = 5000,
    random_state: RandomState = 0,
) -> float:
    """`neighbor_recall` of the map of held-out rows, of at most ``max_samples`` of them.

    Parameters
    ----------
    estimator : object
        Fitted, with `transform`; or a Pipeline that ends in one.
    X : array-like of shape (n_samples, n_features)
        Rows, held out for an honest figure.
    y : Ignored
        Present because scikit-learn passes it.
    n_neighbors : int, default=15
        Size of a neighbourhood.
    metric : str or callable, default="euclidean"
        Distance between rows.
    max_samples : int or None, default=5000
        Rows that are looked at, drawn at random; None is all.
    random_state : int, RandomState instance or None, default=0
        Source of randomness.

    Returns
    -------
    score : float
        Between 0 and 1.
    """
    rows, codes = _rows_and_codes(estimator, X, max_samples, random_state)
    return neighbor_recall(rows, codes, n_neighbors=n_neighbors, metric=metric)


def distance_rank_correlation_scorer(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    n_pairs: int = 100_000,
    metric: Metric = "euclidean",
    random_state: RandomState = 0,
) -> float:
    """`distance_rank_correlation` of held-out rows and their codes.

    Parameters
    ----------
    estimator : object
        Fitted, with `transform`; or a Pipeline that ends in one.
    X : array-like of shape (n_samples, n_features)
        Rows, held out for an honest figure.
    y : Ignored
        Present because scikit-learn passes it.
    n_pairs : int, default=100_000
        Pairs of rows that are compared.
    metric : str or callable, default="euclidean"
        Distance between rows.
    random_state : int, RandomState instance or None, default=0
        Source of randomness.

    Returns
    -------
    score : float
        Between -1 and 1.
    """
    model, rows = _last_step(estimator, X)
    return distance_rank_correlation(
        rows, model.transform(rows), n_pairs=n_pairs, metric=metric, random_state=random_state
    )


def _last_step(estimator: Any, X: Any) -> tuple[Any, Any]:
    """The model, and the rows as they reach it."""
    if not isinstance(estimator, Pipeline):
        return estimator, X
    if len(estimator) == 1:
        return estimator[-1], X
    return estimator[-1], estimator[:-1].transform(X)


def _prior_of(model: Any) -> Any:
    if not hasattr(model, "prior_"):
        raise TypeError(
            f"{type(model).__name__} has no prior_ to compare its codes with; "
            "fit an AdversarialAutoencoder, or make it the last step of the Pipeline"
        )
    return model.prior_


def _rows_and_codes(
    estimator: Any, X: Any, max_samples: int | None, random_state: RandomState
) -> tuple[Any, NDArray[Any]]:
    """Rows as they reach the model, and their codes, of some of the rows."""
    model, rows = _last_step(estimator, X)
    codes = model.transform(rows)
    if max_samples is None or len(codes) <= max_samples:
        return rows, codes
    kept = check_random_state(random_state).choice(len(codes), max_samples, replace=False)
    return check_rows(rows, "X", accept_sparse=True)[kept], np.asarray(codes)[kept]
