"""What to do about an X that scikit-learn refuses, in the words of this estimator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_REMEDIES = {
    "Found array with dim": "X.reshape(len(X), -1) makes a row of each image",
    "BFloat16": "numpy has no bfloat16; pass X.float()",
    "fill value must be 0": "pass X.sparse.to_dense(), or X.astype(pandas.SparseDtype(float, 0))",
    "contains NaN": "fill the cells in first, for example by SimpleImputer or KNNImputer",
    "could not convert string to float": (
        "X must hold numbers: encode columns of words first, for example by OneHotEncoder in a "
        "ColumnTransformer"
    ),
}
_MASK = "missing_values='mask', set before fit, reads NaN as missing cells"
_ONE_COLUMN = "Expected 2D array", "Expected a 2-dimensional", "could not convert string to float"
_TEXTS = "X holds texts; count their words first, for example by TfidfVectorizer, and use cosine"


def refuse_containers(X: Any) -> None:
    """Raise if X is an AnnData, which holds rows and is none, or a frame still to be computed."""
    if hasattr(X, "obsm") and hasattr(X, "X"):
        raise ValueError(
            f"X is of type {type(X).__name__}; pass the matrix in it: adata.X, a layer, or "
            "adata.obsm['X_pca']"
        )
    if type(X).__name__ == "LazyFrame":
        raise ValueError("X is of type LazyFrame, which has no rows yet; pass X.collect()")


def with_remedy(error: Exception, X: Any, can_mask: bool) -> Exception:
    """The error with what to do about it, or as it is where there is nothing to add.

    `can_mask` says whether the estimator can be told to fit missing cells.
    """
    message = str(error)
    if any(sign in message for sign in _ONE_COLUMN) and is_text(X):
        return ValueError(_TEXTS)
    if isinstance(X, Mapping):
        return ValueError(f"X is of type {type(X).__name__}; pass pandas.DataFrame(X)")
    remedies = {**_REMEDIES, "contains NaN": _MASK} if can_mask else _REMEDIES
    for sign, remedy in remedies.items():
        if sign in message:
            return ValueError(f"{message.splitlines()[0].rstrip('.')}. {remedy}")
    return error


def is_text(X: Any) -> bool:
    """Whether X is a list, an array or a Series of texts."""
    is_column = (
        getattr(X, "ndim", 1) == 1 and isinstance(X, Iterable) and not isinstance(X, Mapping)
    )
    return is_column and isinstance(next(iter(X), None), str)
