"""Measures as scorers, for ``GridSearchCV(scoring=...)`` on held-out rows without labels.

Each scorer is a function ``(estimator, X, y=None) -> float``. Higher is better, and the same
arguments give the same score. A scorer calls ``transform`` of the fitted estimator, and where
it needs them ``inverse_transform`` and ``prior_``. For a `Pipeline` it scores the last step, on
the rows as they reach that step. Preprocessing steps therefore cannot be compared by these
scorers: a step that leaves less of the rows would win. Missing cells, of a model that reads them,
count as what it fills in. `functools.partial` changes a setting.

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

import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.pipeline import Pipeline
from sklearn.utils import check_array, check_random_state

from aae_sklearn.metrics._arrays import check_rows_and_codes, random_indices
from aae_sklearn.metrics._comparison import RandomState
from aae_sklearn.metrics._distances import Metric
from aae_sklearn.metrics._maps import distance_rank_correlation, reconstruction_r2
from aae_sklearn.metrics._match import ks_statistic
from aae_sklearn.metrics._neighborhoods import continuity, neighbor_recall, trustworthiness
from aae_sklearn.metrics._two_sample import two_sample_accuracy
from aae_sklearn.rows._kinds import nan_where_masked
from aae_sklearn.rows._rows import dense

__all__ = [
    "combined_scorer",
    "continuity_scorer",
    "distance_rank_correlation_scorer",
    "neighbor_recall_scorer",
    "prior_match_scorer",
    "reconstruction_r2_scorer",
    "trustworthiness_scorer",
    "two_sample_scorer",
]

P = ParamSpec("P")

# Type and description of each parameter of a scorer. Defaults are read from the signatures.
_PARAMETERS = {
    "estimator": (
        "object",
        "A fitted estimator with {needs}, or a Pipeline: its last step, on the rows it is given.",
    ),
    "X": (
        "array-like of shape (n_samples, n_features)",
        "Rows. For an unbiased score, rows that were held out from the fit.",
    ),
    "y": ("Ignored", "Present because scikit-learn passes it."),
    "n_projections": ("int", "Number of random directions, in addition to marginals and radius."),
    "n_neighbors": ("int", "Number of neighbours of each row."),
    "n_pairs": ("int", "Number of pairs of rows."),
    "metric": ("str or callable", "Distance between rows; codes have the Euclidean distance."),
    "max_samples": ("int or None", "Largest number of rows, chosen at random. None takes all."),
    "random_state": ("int, RandomState instance or None", "Source of randomness."),
}


def _documented(needs: str) -> Callable[[Callable[P, float]], Callable[P, float]]:
    """Write the parameters of a scorer in place of ``{parameters}`` in its docstring.

    ``needs`` are the methods and attributes that the scorer asks the estimator for.
    """

    def document(scorer: Callable[P, float]) -> Callable[P, float]:
        lines = ["Parameters", "----------"]
        for name, parameter in inspect.signature(scorer).parameters.items():
            kind, description = _PARAMETERS[name]
            has_default = kind != "Ignored" and parameter.default is not parameter.empty
            default = f", default={parameter.default!r}" if has_default else ""
            lines += [f"{name} : {kind}{default}", "    " + description.format(needs=needs)]
        if scorer.__doc__ is not None:  # python -OO has no docstrings
            text = inspect.cleandoc(scorer.__doc__)
            scorer.__doc__ = text.replace("{parameters}", "\n".join(lines))
        return scorer

    return document


@_documented(needs="`transform` and `inverse_transform`")
def reconstruction_r2_scorer(estimator: Any, X: Any, y: Any = None) -> float:
    """R² of held-out rows and their reconstructions, see `reconstruction_r2`.

    {parameters}

    Returns
    -------
    score : float
        At most 1.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.decomposition import PCA
    >>> from aae_sklearn.metrics import reconstruction_r2_scorer
    >>> X = load_iris().data
    >>> round(reconstruction_r2_scorer(PCA(2).fit(X), X), 3)
    0.978
    """
    model, rows = _last_step(estimator, X)
    rows, codes = _with_codes(model, rows)
    return reconstruction_r2(rows, model.inverse_transform(codes))


@_documented(needs="`transform` and `prior_`")
def prior_match_scorer(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    n_projections: int = 32,
    random_state: RandomState = 0,
) -> float:
    """One minus `ks_statistic` of held-out codes and ``estimator.prior_``.

    {parameters}

    Returns
    -------
    score : float
        Between 0 and 1, the best.

    Raises
    ------
    TypeError
        If the estimator has no ``prior_``.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from aae_sklearn import AdversarialAutoencoder
    >>> from aae_sklearn.metrics import prior_match_scorer
    >>> X = load_iris().data
    >>> aae = AdversarialAutoencoder(max_iter=50, random_state=0).fit(X)
    >>> 0 < prior_match_scorer(aae, X) < 1
    True
    """
    model, rows = _last_step(estimator, X)
    return 1.0 - ks_statistic(
        model.transform(rows),
        _prior_of(model),
        n_projections=n_projections,
        random_state=random_state,
    )


@_documented(needs="`transform` and `prior_`")
def two_sample_scorer(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    max_samples: int | None = 10_000,
    random_state: RandomState = 0,
) -> float:
    """One minus `two_sample_accuracy` of held-out codes and ``estimator.prior_``.

    Each call trains a classifier, which takes seconds.

    {parameters}

    Returns
    -------
    score : float
        About 0.5 if codes match the prior, 0 if the classifier is always right.

    Raises
    ------
    TypeError
        If the estimator has no ``prior_``.
    ValueError
        If there are fewer than 40 rows.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.decomposition import PCA
    >>> from aae_sklearn.metrics import two_sample_scorer
    >>> X = load_iris().data
    >>> baseline = PCA(2, whiten=True).fit(X)
    >>> baseline.prior_ = "normal"  # to compare its codes with N(0, I)
    >>> 0 <= two_sample_scorer(baseline, X) <= 1
    True
    """
    model, rows = _last_step(estimator, X)
    return 1.0 - two_sample_accuracy(
        model.transform(rows),
        _prior_of(model),
        max_samples=max_samples,
        random_state=random_state,
    )


@_documented(needs="`transform`, `inverse_transform` and `prior_`")
def combined_scorer(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    n_projections: int = 32,
    random_state: RandomState = 0,
) -> float:
    """Product of reconstruction and match with the prior: ``R² * (1 - KS)``.

    It is `reconstruction_r2_scorer` times `prior_match_scorer`, or the first alone where that
    is negative. In a product, losing one per cent of the R² weighs as much as losing one per
    cent of the match, however much variance the data lets n_components explain. Collapsed codes
    that match the prior do not win, and neither does an autoencoder without a prior.

    {parameters}

    Returns
    -------
    score : float
        At most 1.

    Raises
    ------
    TypeError
        If the estimator has no ``prior_``.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.decomposition import PCA
    >>> from aae_sklearn.metrics import combined_scorer
    >>> X = load_iris().data
    >>> baseline = PCA(2, whiten=True).fit(X)
    >>> baseline.prior_ = "normal"  # to compare its codes with N(0, I)
    >>> 0 < combined_scorer(baseline, X) < 1
    True
    """
    model, rows = _last_step(estimator, X)
    prior = _prior_of(model)
    rows, codes = _with_codes(model, rows)
    r2 = reconstruction_r2(rows, model.inverse_transform(codes))
    if r2 <= 0.0:
        return r2
    distance = ks_statistic(codes, prior, n_projections=n_projections, random_state=random_state)
    return r2 * (1.0 - distance)


class _NeighborhoodScorer(Protocol):
    """The signature of the scorers that `_neighborhood_scorer` makes, for type checkers."""

    def __call__(
        self,
        estimator: Any,
        X: Any,
        y: Any = None,
        *,
        n_neighbors: int = 15,
        metric: Metric = "euclidean",
        max_samples: int | None = 5000,
        random_state: RandomState = 0,
    ) -> float: ...


def _neighborhood_scorer(measure: Callable[..., float]) -> _NeighborhoodScorer:
    """The scorer of a measure of rows and codes, named after it."""

    def scorer(
        estimator: Any,
        X: Any,
        y: Any = None,
        *,
        n_neighbors: int = 15,
        metric: Metric = "euclidean",
        max_samples: int | None = 5000,
        random_state: RandomState = 0,
    ) -> float:
        """`{measure}` of held-out rows and their codes.

        {parameters}

        Returns
        -------
        score : float
            Between 0 and 1, the best.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.decomposition import PCA
        >>> from aae_sklearn.metrics import {measure}_scorer
        >>> X = load_iris().data
        >>> 0.7 < {measure}_scorer(PCA(2).fit(X), X) < 1
        True
        """
        rows, codes = _rows_and_codes(estimator, X, metric, max_samples, random_state)
        return measure(rows, codes, n_neighbors=n_neighbors, metric=metric)

    # pickle finds a function by its qualified name.
    scorer.__name__ = scorer.__qualname__ = f"{measure.__name__}_scorer"
    if scorer.__doc__ is not None:
        scorer.__doc__ = scorer.__doc__.replace("{measure}", measure.__name__)
    return _documented(needs="`transform`")(scorer)


trustworthiness_scorer = _neighborhood_scorer(trustworthiness)
continuity_scorer = _neighborhood_scorer(continuity)
neighbor_recall_scorer = _neighborhood_scorer(neighbor_recall)


@_documented(needs="`transform`")
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

    {parameters}

    Returns
    -------
    score : float
        Between -1 and 1, the best.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.decomposition import PCA
    >>> from aae_sklearn.metrics import distance_rank_correlation_scorer
    >>> X = load_iris().data
    >>> round(distance_rank_correlation_scorer(PCA(2).fit(X), X), 3)
    0.996
    """
    rows, codes = _with_codes(*_last_step(estimator, X))
    return distance_rank_correlation(
        rows, codes, n_pairs=n_pairs, metric=metric, random_state=random_state
    )


def _last_step(estimator: Any, X: Any) -> tuple[Any, Any]:
    """The model, and the rows as they reach it."""
    if not isinstance(estimator, Pipeline):
        return estimator, X
    if len(estimator) == 1:
        return estimator[-1], X
    return estimator[-1], estimator[:-1].transform(X)


def _with_codes(model: Any, rows: Any) -> tuple[Any, Any]:
    """Rows, whose missing cells are filled in as the model decodes them, and their codes."""
    codes = model.transform(rows)
    if getattr(model, "missing_values", "error") != "mask":
        return rows, codes
    cells = check_array(
        nan_where_masked(rows), accept_sparse=True, dtype="numeric", ensure_all_finite="allow-nan"
    )
    if not np.isnan(cells.data if sparse.issparse(cells) else cells).any():
        return rows, codes
    cells = dense(cells)
    return np.where(np.isnan(cells), model.inverse_transform(codes), cells), codes


def _prior_of(model: Any) -> Any:
    if not hasattr(model, "prior_"):
        raise TypeError(
            f"{type(model).__name__} has no prior_ to compare its codes with; "
            "fit an AdversarialAutoencoder, or make it the last step of the Pipeline"
        )
    return model.prior_


def _rows_and_codes(
    estimator: Any,
    X: Any,
    metric: Metric,
    max_samples: int | None,
    random_state: RandomState,
) -> tuple[Any, NDArray[Any]]:
    """At most ``max_samples`` rows as they reach the model, and their codes."""
    rows, codes = check_rows_and_codes(*_with_codes(*_last_step(estimator, X)), metric)
    some = random_indices(len(codes), max_samples, check_random_state(random_state))
    if some is None:
        return rows, codes
    return rows[np.ix_(some, some)] if metric == "precomputed" else rows[some], codes[some]
