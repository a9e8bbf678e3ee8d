"""How far apart classes lie on a map, of rows that were fitted and of new ones."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import ArrayLike
from sklearn.metrics import silhouette_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils import check_random_state

from aae_sklearn.metrics._arrays import (
    as_labels,
    check_count,
    check_rows,
    check_same_width,
)
from aae_sklearn.metrics._comparison import RandomState
from aae_sklearn.metrics._maps import knn_accuracy

__all__ = ["ClassSeparation", "class_separation"]


@dataclass(frozen=True)
class ClassSeparation:
    """How well neighbours tell the class, and how far apart classes lie.

    Parameters
    ----------
    knn_fitted, knn_held_out : float
        Accuracy of a vote of the nearest fitted codes, on the other fitted codes and on held-out
        ones.
    silhouette_fitted, silhouette_held_out : float
        Mean silhouette coefficient of the classes.
    """

    knn_fitted: float
    knn_held_out: float
    silhouette_fitted: float
    silhouette_held_out: float

    @property
    def knn_gap(self) -> float:
        """What the accuracy of fitted rows promises too much."""
        return self.knn_fitted - self.knn_held_out

    @property
    def silhouette_gap(self) -> float:
        """What the silhouette of fitted rows promises too much."""
        return self.silhouette_fitted - self.silhouette_held_out


def class_separation(
    codes_train: ArrayLike,
    y_train: ArrayLike,
    codes: ArrayLike,
    y: ArrayLike,
    *,
    n_neighbors: int = 10,
    max_samples: int | None = 5000,
    random_state: RandomState = None,
) -> ClassSeparation:
    """Measure how far apart classes lie, among fitted rows and among held-out ones.

    A map that was fitted with labels shows the classes of its fitted rows too well. Only rows
    whose labels it has not seen tell what it is worth: the difference is the gap.

    Parameters
    ----------
    codes_train : array-like of shape (n_train, n_components)
        Codes of the fitted rows: ``embedding_``.
    y_train : array-like of shape (n_train,)
        Their classes.
    codes : array-like of shape (n_samples, n_components)
        Codes of held-out rows, from the same fitted estimator.
    y : array-like of shape (n_samples,)
        Their classes.
    n_neighbors : int, default=10
        Number of fitted codes that vote; a fitted code does not vote on itself.
    max_samples : int or None, default=5000
        Largest number of codes whose silhouette is computed: its time grows with the square.
        None takes all.
    random_state : int, RandomState instance or None, default=None
        Source of the choice of these codes.

    Returns
    -------
    separation : ClassSeparation
        The four figures, and the gaps as ``knn_gap`` and ``silhouette_gap``.

    Raises
    ------
    ValueError
        If the arrays have different widths or lengths, if codes hold NaN or infinity, if there is
        one class only, or if there are no more fitted codes than neighbours.

    See Also
    --------
    knn_accuracy : The accuracy on held-out rows alone.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from aae_sklearn.metrics import class_separation
    >>> X, y = load_iris(return_X_y=True)
    >>> codes = X[:, 2:]
    >>> found = class_separation(codes[::2], y[::2], codes[1::2], y[1::2])
    >>> round(found.knn_fitted, 2), round(found.knn_held_out, 2)
    (0.93, 0.95)
    """
    known, new = check_rows(codes_train, "codes_train"), check_rows(codes, "codes")
    advice = "pass the output of transform of the same estimator"
    check_same_width(known, new, ("codes_train", "codes"), advice)
    labels_known = as_labels(y_train, len(known), "y_train")
    labels_new = as_labels(y, len(new), "y")
    check_count("n_neighbors", n_neighbors, len(known) - 1, ", one less than training codes")
    if max_samples is not None:
        check_count("max_samples", max_samples, least=2)
    random = check_random_state(random_state)
    silhouettes = [
        float(silhouette_score(z, labels, sample_size=max_samples, random_state=random))
        for z, labels in ((known, labels_known), (new, labels_new))
    ]
    fitted = KNeighborsClassifier(n_neighbors).fit(known, labels_known).predict(None)
    held_out = knn_accuracy(known, labels_known, new, labels_new, n_neighbors=n_neighbors)
    return ClassSeparation(float((fitted == labels_known).mean()), held_out, *silhouettes)
