"""From an estimator and rows to what a page holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.pipeline import Pipeline

from aae_sklearn.display._arrays import (
    FloatArray,
    codes_of,
    decode,
    feature_names_of,
    last_step,
    to_places,
)
from aae_sklearn.display._columns import as_column, check_new_labels, name_of
from aae_sklearn.display._explorer._decoder import find_decoder
from aae_sklearn.display._explorer._payload import Payload
from aae_sklearn.display._explorer._places import survey
from aae_sklearn.display._explorer._quality import reconstruction_errors, trust
from aae_sklearn.display._explorer._rows import Rows, find_usual, keep_rows
from aae_sklearn.display._explorer._table import (
    Shown,
    frame_columns,
    row_names,
    show_column,
    show_values,
)
from aae_sklearn.display._explorer._writing import (
    Codes,
    add_codes,
    add_columns,
    add_decoder,
    add_image,
    add_places,
    add_rows,
)
from aae_sklearn.display._palette import PALETTE
from aae_sklearn.display._style import FAINT
from aae_sklearn.display._tiles import ImageShape, most_variable
from aae_sklearn.rows._remedies import is_text

MAX_FEATURES = 4_000  # that the page decodes and shows
N_DECODED = 1_000  # codes of rows that tell which features vary


class Content(NamedTuple):
    """What `Explorer` holds."""

    payload: str
    title: str
    is_exact: bool


@dataclass(frozen=True)
class Given:
    """What `Explorer.from_estimator` takes besides an estimator and rows."""

    y: Any
    X_new: Any
    y_new: Any
    frame: Any
    names: Any
    label_names: Sequence[str] | None
    color_by: str
    image_shape: ImageShape | None
    feature_names: Sequence[str] | None
    quality: bool
    random_state: int | None
    title: str | None


def gather(estimator: Any, X: Any, given: Given) -> Content:
    """Everything that the page holds, packed."""
    check_estimator(estimator)
    estimator, X, given = behind_texts(estimator, X, given)
    rows = Rows(X)
    codes = _codes(estimator, X, given.X_new)
    payload = Payload()
    title = given.title or f"Map by {type(last_step(estimator)).__name__}"
    payload.header |= {"title": title, "palette": list(PALETTE), "grey": FAINT}
    add_codes(payload, codes, row_names(given.names, rows.n_rows))
    add_columns(payload, [*_columns(estimator, rows, codes, given)])
    width = codes.codes.shape[1]
    places = survey(estimator, codes.points, width, given.random_state)
    add_places(payload, places)
    decoder = find_decoder(estimator, places.limits[:width], rows.n_features)
    shown = _shown_features(estimator, codes.codes, rows, given)
    add_decoder(payload, decoder, shown, rows.n_features)
    _add_features(payload, estimator, X, rows, shown, given)
    return Content(payload.pack(), title, decoder.is_exact)


def _columns(estimator: Any, rows: Rows, codes: Codes, given: Given) -> Iterator[Shown]:
    """The label, those of the frame, and the quality of places."""
    check_new_labels(given.y_new, given.X_new, "y_new", "X_new")
    label = as_column(given.y, rows.n_rows, "y")
    n_new = 0 if codes.new_points is None else len(codes.new_points)
    new_label = as_column(given.y_new, n_new, "y_new")
    if label is not None:
        yield show_column(
            name_of(given.y) or "label", "label", label, new_label,
            label_names=given.label_names, color_by=given.color_by,
        )  # fmt: skip
    elif new_label is not None:
        raise ValueError("y_new are labels of new rows among those of the others: pass y as well.")
    yield from frame_columns(given.frame, rows.n_rows)
    if given.quality:
        errors = reconstruction_errors(estimator, rows, codes.codes, given.random_state)
        yield show_values("reconstruction error", errors)
        trusted = trust(estimator, rows, codes.codes, given.random_state)
        yield show_values("trustworthiness", trusted)


def _add_features(
    payload: Payload,
    estimator: Any,
    X: Any,
    rows: Rows,
    shown: npt.NDArray[np.intp],
    given: Given,
) -> None:
    """Names of features, what is usual of them, and values of real rows."""
    names = feature_names_of(X, rows.n_features, given.feature_names, last_step(estimator))
    payload.header["features"] = {"names": [names[k] for k in shown], "of": rows.n_features}
    is_image = given.image_shape is not None
    usual = find_usual(rows, shown, given.random_state)
    add_rows(payload, usual, keep_rows(rows, shown, usual, is_image, given.random_state))
    if given.image_shape is not None:
        add_image(payload, rows, given.image_shape, given.random_state)


def check_estimator(estimator: Any) -> None:
    """Refuse what cannot be walked over."""
    name = type(estimator).__name__
    for method in ("transform", "inverse_transform"):
        if not hasattr(estimator, method):
            last = last_step(estimator)
            if last is not estimator and hasattr(last, method):
                raise TypeError(
                    f"a step of this {name} has no {method}, and an explorer maps and decodes "
                    "rows; pass the last step and the rows that it reads: "
                    "Explorer.from_estimator(pipeline[-1], pipeline[:-1].transform(X), "
                    "feature_names=pipeline[:-1].get_feature_names_out(), frame=X)."
                )
            raise TypeError(
                f"{name} has no {method}, and an explorer maps and decodes rows; draw a map "
                "without it by EmbeddingDisplay."
            )
    if getattr(last_step(estimator), "metric", None) == "precomputed":
        raise ValueError(
            "rows of metric='precomputed' are distances, and decoded distances are no rows to "
            "look at; draw the map by EmbeddingDisplay."
        )


def behind_texts(estimator: Any, X: Any, given: Given) -> tuple[Any, Any, Given]:
    """Of a Pipeline that reads texts, its last step and the rows that this reads.

    The texts are shown, and the names of the rows' columns are those of the steps before.
    """
    if not is_text(X):
        return estimator, X, given
    if not isinstance(estimator, Pipeline) or len(estimator) == 1:
        raise TypeError(
            "X holds texts, and an explorer shows rows of numbers; pass an array of shape "
            "(n_samples, n_features), or a Pipeline that reads texts."
        )
    before, names, frame = estimator[:-1], given.feature_names, given.frame
    return estimator[-1], before.transform(X), replace(
        given,
        X_new=None if given.X_new is None else before.transform(given.X_new),
        feature_names=before.get_feature_names_out() if names is None else names,
        frame={"text": list(X)} if frame is None else frame,
    )  # fmt: skip


def _codes(estimator: Any, X: Any, X_new: Any) -> Codes:
    codes = codes_of(estimator, X)
    width = codes.shape[1]
    if width > 2:
        raise ValueError(
            f"an explorer needs codes with one or two components, got {width}; fit with "
            "n_components=2, or draw the map by EmbeddingDisplay."
        )
    new_codes = None if X_new is None else codes_of(estimator, X_new)
    places = to_places(codes, new_codes)
    return Codes(codes, places.codes, places.new_codes, places.axis_labels)


def _shown_features(
    estimator: Any, codes: FloatArray, rows: Rows, given: Given
) -> npt.NDArray[np.intp]:
    """All features, or those that vary most over the map."""
    if rows.n_features <= MAX_FEATURES or given.image_shape is not None:
        return np.arange(rows.n_features)
    some = rows.some(N_DECODED, given.random_state)
    return most_variable(decode(estimator, codes[some]), MAX_FEATURES, MAX_FEATURES)
