"""What to do about an X that scikit-learn refuses, in the words of this estimator."""

from __future__ import annotations

from typing import Any

_REMEDIES = {
    "Found array with dim": "X.reshape(len(X), -1) makes a row of each image",
    "contains NaN": "missing_values='mask', set before fit, reads NaN as missing cells",
    "could not convert string to float": (
        "X must hold numbers: encode columns of words first, for example by OneHotEncoder in a "
        "ColumnTransformer"
    ),
}
_ONE_COLUMN = "Expected 2D array", "Expected a 2-dimensional", "could not convert string to float"
_TEXTS = "X holds texts; count their words first, for example by TfidfVectorizer, and use cosine"


def refuse_containers(X: Any) -> None:
    """Raise if X is an AnnData, which holds rows and is none."""
    if hasattr(X, "obsm") and hasattr(X, "X"):
        raise ValueError(
            f"X is of type {type(X).__name__}; pass the matrix in it: adata.X, a layer, or "
            "adata.obsm['X_pca']"
        )


def with_remedy(error: ValueError, X: Any) -> ValueError:
    """The error with what to do about it, or as it is where there is nothing to add."""
    message = str(error)
    if any(sign in message for sign in _ONE_COLUMN) and is_text(X):
        return ValueError(_TEXTS)
    for sign, remedy in _REMEDIES.items():
        if sign in message:
            return ValueError(f"{message.splitlines()[0].rstrip('.')}. {remedy}")
    return error


def is_text(X: Any) -> bool:
    """Whether X is a list, an array or a Series of texts."""
    is_column = getattr(X, "ndim", 1) == 1 and hasattr(X, "__iter__")
    return is_column and isinstance(next(iter(X), None), str)
