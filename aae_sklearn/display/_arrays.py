"""From what an estimator returns to the arrays that a display draws."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline

from aae_sklearn.rows._kinds import nan_where_masked
from aae_sklearn.settings import _defaults as defaults

FloatArray = npt.NDArray[np.floating[Any]]
HEAVY_TAIL = 6.0  # range over the width of the central 90 %: 2.9 for 500,000 Gaussian samples


class Places(NamedTuple):
    """Codes as points of a plane or of space, and the names of the axes (None: no meaning)."""

    codes: FloatArray
    new_codes: FloatArray | None
    axis_labels: tuple[str | None, ...]


def as_matrix(values: Any, name: str) -> FloatArray:
    """Rows of an array, a data frame, a sparse matrix or a tensor as a dense 2-D float array.

    Masked cells are NaN.
    """
    dense = np.asarray(
        values.toarray() if hasattr(values, "toarray") else nan_where_masked(values)
    )
    if dense.ndim != 2 or not len(dense):
        raise ValueError(
            f"{name} must be a 2-D array with at least one row, got shape {dense.shape}."
        )
    if dense.dtype.kind == "c":
        raise ValueError(
            f"{name} must be real numbers, got {dense.dtype}; pass real and imaginary parts as "
            "columns, such as np.hstack([Z.real, Z.imag])."
        )
    return dense.astype(dense.dtype if dense.dtype.kind == "f" else np.float64, copy=False)


def last_step(estimator: Any) -> Any:
    """The estimator itself, or the last step of a Pipeline."""
    return estimator[-1] if isinstance(estimator, Pipeline) else estimator


def title_of(estimator: Any) -> str:
    """The name of the estimator, and what its codes are where it says so."""
    step = last_step(estimator)
    return type(step).__name__ + getattr(step, "_about_codes", "")


def codes_of(estimator: Any, X: Any) -> FloatArray:
    """``transform(X)``, or the ``embedding_`` of an estimator that cannot map new rows."""
    if X is not None and hasattr(estimator, "transform"):
        return as_matrix(estimator.transform(X), "the output of transform")
    embedding = getattr(last_step(estimator), "embedding_", None)
    if embedding is None:
        raise TypeError(
            f"{type(estimator).__name__} has no embedding_; pass a fitted estimator, and X if "
            "it has a transform method."
        )
    n_rows = X.shape[0] if hasattr(X, "shape") else len(embedding) if X is None else len(X)
    if n_rows != len(embedding):
        raise ValueError(
            f"X has {n_rows} rows and embedding_ has {len(embedding)}: an estimator without "
            "transform draws only the rows it was fitted on."
        )
    return as_matrix(embedding, "embedding_")


def two_rows(X: Any, other: Any) -> list[Any]:
    """Two tables of one row each: the rows of ``X``, or ``X`` and ``other`` as single rows.

    A row of a data frame (a Series) becomes a frame again, so that names are kept.
    """
    if other is None or _n_rows(X) == 2:
        if _n_rows(X) != 2:
            raise ValueError(
                "X must have the two rows at the ends of the path, or be one row with the other "
                f"as the next argument, got {_n_rows(X)} row{'s' * (_n_rows(X) != 1)}."
            )
        return [X]
    rows = [_as_table(part) for part in (X, other)]
    if any(_n_rows(row) != 1 for row in rows):
        raise ValueError(
            f"the ends of the path must be one row each, got {_n_rows(rows[0])} and "
            f"{_n_rows(rows[1])} rows."
        )
    return rows


def _shape(X: Any) -> tuple[int, ...]:
    return tuple(X.shape) if hasattr(X, "shape") else np.shape(X)


def _n_rows(X: Any) -> int:
    return _shape(X)[0] if len(_shape(X)) > 1 else 1


def _as_table(row: Any) -> Any:
    if len(_shape(row)) > 1:
        return row
    if hasattr(row, "to_frame") and hasattr(row, "index"):
        return row.to_frame().T.infer_objects()
    return (row if hasattr(row, "reshape") else np.asarray(row)).reshape((1, -1))


def says_no_class(estimator: Any) -> bool:
    """Whether the estimator could place classes on its map by heads, and has none.

    Its codes are styles, and it decodes them in a class that must be given.
    """
    step = last_step(estimator)
    return hasattr(type(step), "heads_") and not hasattr(step, "heads_")


def decode(estimator: Any, codes: FloatArray, label: Any = None) -> FloatArray:
    """Rows that the estimator decodes from codes; ``label`` is their class, if they say none."""
    if label is not None:
        rows = last_step(estimator).inverse_transform(codes, label=label)
        return as_matrix(_before_steps(estimator, rows), "the output of inverse_transform")
    if says_no_class(estimator):
        raise ValueError(
            f"codes of this {type(last_step(estimator)).__name__} are styles, which say no "
            "class to decode them in; fit it with heads=True, or use StyleGridDisplay, which "
            "decodes styles in each class."
        )
    return as_matrix(estimator.inverse_transform(codes), "the output of inverse_transform")


def sample_rows(estimator: Any, n_samples: int, random_state: Any, **label: Any) -> FloatArray:
    """Samples of the estimator; those of a Pipeline's last step go back through its steps."""
    rows = last_step(estimator).sample(n_samples, random_state=random_state, **label)
    return as_matrix(_before_steps(estimator, rows), "samples")


def _before_steps(estimator: Any, rows: Any) -> Any:
    """Rows of a Pipeline's last step as they were before the other steps."""
    if isinstance(estimator, Pipeline) and len(estimator) > 1:
        return estimator[:-1].inverse_transform(rows)
    return rows


def prior_draws(
    estimator: Any, n_samples: int, n_components: int, random_state: Any
) -> FloatArray | None:
    """Samples from ``prior_`` of the estimator (of a Pipeline's last step), None without one."""
    prior = getattr(last_step(estimator), "prior_", None)
    if prior is None:
        return None
    return as_matrix(prior.sample(n_samples, n_components, random_state), "samples from the prior")


def prior_name(estimator: Any) -> str:
    """The prior of a fitted estimator in words, such as "student t (df=3)"."""
    prior = last_step(estimator).prior_
    name = type(prior).__name__.removesuffix("Prior")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    parameters = re.fullmatch(r"\w+(\([^()<]{1,30}\))", repr(prior))
    return f"{words} {parameters[1]}" if parameters else words


def in_support(estimator: Any, codes: FloatArray) -> npt.NDArray[np.bool_]:
    """Where the density of ``prior_`` is not zero; everywhere if that cannot be told."""
    prior: Any = getattr(last_step(estimator), "prior_", None)
    everywhere = np.ones(len(codes), dtype=bool)
    if not getattr(prior, "has_log_prob", False):
        return everywhere
    inside = np.asarray(prior.log_prob(codes)) > -np.inf
    # A surface such as the sphere passes between the points.
    return inside if inside.any() else everywhere


def check_components(components: tuple[int, int], width: int) -> None:
    """Refuse components that codes of this width do not have."""
    if not all(0 <= k < width for k in components):
        raise ValueError(
            f"components={components} must be from 0 to {width - 1}, as the codes have {width} "
            "components."
        )


def n_components_of(estimator: Any) -> int:
    """Width of the codes of a fitted estimator."""
    step = last_step(estimator)
    for name in ("n_components_", "_n_features_out", "n_components"):
        width = getattr(step, name, None)
        if isinstance(width, (int, np.integer)):
            return int(width)
    raise ValueError(f"{type(step).__name__} does not say n_components: pass rows as X.")


def feature_names_of(
    X: Any, n_features: int, names: Sequence[str] | None = None, estimator: Any = None
) -> list[str]:
    """Names given, those of the frame, those seen in ``fit``, else x0, x1, ..."""
    if names is not None and len(names) != n_features:
        raise ValueError(
            f"feature_names must hold one name per feature, {n_features}, got {len(names)}."
        )
    seen = getattr(estimator, "feature_names_in_", ())
    for candidates in (names, getattr(X, "columns", ()), seen):
        if candidates is not None and len(candidates) == n_features:
            return [str(name) for name in candidates]
    return [f"x{i}" for i in range(n_features)]


def to_places(
    codes: FloatArray, new_codes: FloatArray | None = None, *, has_depth: bool = True
) -> Places:
    """Codes of any width as points that can be drawn.

    Two components are drawn as they are, and three if there is depth. More become their two
    principal components (fitted on ``codes`` alone). A single one is drawn against a fixed
    spread that has no meaning.
    """
    width = codes.shape[1]
    _check_drawable(codes)
    if new_codes is not None and new_codes.shape[1] != width:
        raise ValueError(
            f"new_codes must have n_components={width} columns like codes, got "
            f"{new_codes.shape[1]}; pass the output of the same transform."
        )
    if width == 1:
        spread = None if new_codes is None else _spread(new_codes)
        return Places(_spread(codes), spread, ("code 1", None))
    if width <= (3 if has_depth else 2):
        return Places(codes, new_codes, tuple(f"code {k + 1}" for k in range(width)))
    if len(codes) < 2:
        raise ValueError(
            f"{width}-D codes are drawn along their two principal components, which one code does "
            "not have; pass more rows, and this one as X_new."
        )
    with np.errstate(invalid="ignore"):  # equal codes have no variance to explain
        pca = PCA(n_components=2, svd_solver="covariance_eigh").fit(codes)
    moved = None if new_codes is None else pca.transform(new_codes)
    names = [
        f"principal component {k + 1} of the {width}-D codes ({share:.0%})"
        for k, share in enumerate(np.nan_to_num(pca.explained_variance_ratio_))
    ]
    return Places(pca.transform(codes), moved, tuple(names))


def _check_drawable(codes: FloatArray) -> None:
    if not np.isfinite(codes).all(axis=1).any():
        raise ValueError("codes have NaN or infinity in every row; pass codes that are numbers.")
    if float(np.abs(codes[np.isfinite(codes)]).max()) > defaults.SQUARABLE:
        raise ValueError(
            f"codes have numbers beyond {defaults.SQUARABLE:g}, whose squares float64 does not "
            "hold; divide codes by a constant."
        )


def _spread(codes: FloatArray) -> FloatArray:
    # Multiples of the golden ratio modulo 1 fill the strip evenly and need no random state.
    height = np.arange(len(codes)) * (np.sqrt(5) - 1) / 2 % 1
    return np.column_stack([codes[:, 0], height])


def robust_limits(values: FloatArray, margin: float = 0.04) -> tuple[float, float]:
    """Limits of an axis: everything but lone far points, and of heavy tails the bulk alone."""
    finite = values[np.isfinite(values)]
    low, high = float(finite.min()), float(finite.max())
    first, last = (float(q) for q in np.quantile(finite, [0.05, 0.95]))
    if high - low > HEAVY_TAIL * (last - first) > 0:
        width = last - first
        low, high = max(low, first - width / 2), min(high, last + width / 2)
    # One row in a thousand may not take up more than a third of the axis.
    most = [float(q) for q in np.quantile(finite, [0.0005, 0.9995])]
    room = (most[1] - most[0]) / 4
    low, high = max(low, most[0] - room), min(high, most[1] + room)
    pad = margin * (high - low) or max(0.5, margin * abs(low))
    return low - pad, high + pad
