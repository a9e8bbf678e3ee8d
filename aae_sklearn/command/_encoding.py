"""Columns of a table as numbers that a distance can compare."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from aae_sklearn.command._columns import ROW_NUMBERS, Columns
from aae_sklearn.command._data import Data, of_frame, plain_scaling
from aae_sklearn.command._errors import CommandError, count, need, quoted, shown
from aae_sklearn.command._repeating import make_reader

MOST_VALUES = 30  # of a category that get a column each; rarer ones share one
UNLIKE_SPREADS = 10.0  # widest over median deviation from which on columns are scaled each
LARGEST = 1e120  # whose square, summed over rows, is still finite
MISSING = "(missing)"
RARER = "(rarer values)"


def encode(
    frame: Any, columns: Columns, options: argparse.Namespace, notes: tuple[str, ...]
) -> Data:
    """Rows of numbers, and what was done for them.

    Numbers alone keep their units. Next to categories they are standardised: then a number and a
    category of two values weigh about the same in a distance.
    """
    columns, frame, lost = _without_empty_rows(columns, frame)
    if columns.numbers.shape[1] == 0 and not columns.categories:
        raise CommandError(_nothing_to_map(columns, frame))
    check_sizes(columns.numbers)
    raw = need("pandas", "reading a table").concat(
        [columns.numbers, frame[columns.categories]], axis=1
    )
    notes = (*notes, *_describe(columns, options, raw), *lost)
    encoder, standardizer, rows = None, None, columns.numbers
    if columns.categories:
        encoder, scaling = _make_encoder(columns), plain_scaling(options)
        rows = _encoded(encoder, raw)
        standardizer = _make_standardizer(columns, rows)
    else:
        scaling, said = choose_scaling(rows, options.scaling)
        notes = (*notes, *said)
    return of_frame(
        frame, options, rows=rows, feature_names=list(rows.columns), notes=notes,
        scaling=scaling, reader=make_reader(columns), encoder=encoder, standardizer=standardizer,
    )  # fmt: skip


def _encoded(encoder: ColumnTransformer, raw: Any) -> Any:
    try:
        return encoder.fit_transform(raw)
    except ValueError as error:
        said = str(error).splitlines()[0].partition(". ")[0].rstrip(".")
        raise CommandError(
            f"{said}; rename a column that is called like a value of another, as c=x is like x of "
            "c, or --drop it"
        ) from error


def choose_scaling(numbers: Any, wish: str) -> tuple[str, list[str]]:
    """How to scale columns of numbers, and a sentence about it if that was our choice."""
    if wish != "auto":
        return wish, []
    cells = np.asarray(numbers, dtype=float)
    low, high = np.nanpercentile(cells, [0.5, 99.5], axis=0)
    spread = np.nanstd(np.clip(cells, low, high), axis=0)  # a lone wild cell decides nothing
    usual = np.quantile(spread[spread > 0], 0.5, method="lower") if spread.any() else 1.0
    widest = spread.argmax()
    if spread[widest] > UNLIKE_SPREADS * usual:
        return "per_feature", [
            f"each column is scaled to variance 1, since {numbers.columns[widest]} spreads "
            f"{spread[widest] / usual:,.0f} times as far as columns usually do (--scaling common "
            "leaves that out)"
        ]
    if numbers.shape[1] == 1:
        return "common", []
    said = "columns keep the ratio of their spreads (--scaling per_feature makes them equal)"
    return "common", [said]


def check_sizes(numbers: Any) -> None:
    """Raise if a column has a number that cannot be squared."""
    largest = numbers.abs().max()
    if len(largest) and largest.max() > LARGEST:
        name = largest.idxmax()
        raise CommandError(
            f"column {name} has a number of {largest.max():.3g}, too large to compute "
            f"with; divide the column by a constant, correct it, or --drop {quoted(name)}"
        )


def as_words(frame: Any) -> Any:
    """Categories as text, a missing one with a word for it."""
    return frame.astype(object).where(frame.notna(), MISSING).astype(str)


def name_value(column: str, value: Any) -> str:
    """What the column of a value is called."""
    return f"{column}={RARER if value == 'infrequent_sklearn' else value}"


def _make_encoder(columns: Columns) -> ColumnTransformer:
    one_hot = OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=MOST_VALUES, sparse_output=False,
        feature_name_combiner=name_value,
    )  # fmt: skip
    words = FunctionTransformer(as_words, feature_names_out="one-to-one")
    parts = [
        ("numbers", "passthrough", list(columns.numbers.columns)),
        ("categories", make_pipeline(words, one_hot), columns.categories),
    ]
    encoder = ColumnTransformer(parts, verbose_feature_names_out=False)
    encoder.set_output(transform="pandas")
    return encoder


def standardize(X: Any, mean: Any, scale: Any) -> Any:
    """Columns around their mean, in units of their spread."""
    return (X - mean) / scale


def restore(X: Any, mean: Any, scale: Any) -> Any:
    """The inverse of `standardize`."""
    return X * scale + mean


def _make_standardizer(columns: Columns, rows: Any) -> FunctionTransformer:
    """Numbers to mean 0 and variance 1; columns of values stay as they are."""
    mean, scale = np.zeros(rows.shape[1]), np.ones(rows.shape[1])
    n_numbers = columns.numbers.shape[1]
    if n_numbers:
        scaler = StandardScaler().fit(columns.numbers)
        mean[:n_numbers], scale[:n_numbers] = scaler.mean_, scaler.scale_
    units = {"mean": mean, "scale": scale}
    return FunctionTransformer(
        standardize, restore, check_inverse=False, feature_names_out="one-to-one",
        kw_args=units, inv_kw_args=units,
    ).fit(rows)  # fmt: skip


def _without_empty_rows(columns: Columns, frame: Any) -> tuple[Columns, Any, list[str]]:
    """Drop rows without a known number, where numbers are all that there is."""
    is_empty = columns.numbers.isna().all(axis=1)
    if columns.categories or columns.numbers.empty or not is_empty.any():
        return columns, frame, []
    columns.numbers = columns.numbers[~is_empty]
    lost = count(int(is_empty.sum()), "row")
    return columns, frame[~is_empty], [f"{lost} without a known cell left out"]


def _describe(columns: Columns, options: argparse.Namespace, raw: Any) -> list[str]:
    numbers, lines = list(columns.numbers.columns), []
    if numbers:
        lines.append(f"numbers: {shown(numbers)}")
    if columns.categories:
        lines.append(
            f"categories, a column for each value: {shown(columns.categories)}; numbers are "
            "standardised"
        )
    for point, said in (("", "commas separate thousands"), (".", "commas are decimal points")):
        names = [name for name, meaning in columns.commas.items() if meaning == point]
        if names:
            lines.append(f"{said}: {shown(names)}")
    n_empty = int(columns.numbers.isna().to_numpy().sum())
    if n_empty:
        lines.append(f"{count(n_empty, 'missing number')} filled in from the known ones")
    n_empty = int(raw[columns.categories].isna().to_numpy().sum())
    if n_empty:
        missing = count(n_empty, "cell")
        lines.append(f"{missing} without a category (also NA): a value of their own")
    for reason, names in columns.left_out.items():
        lines.append(f"left out, {reason}: {shown(names)}")
    if columns.texts:
        lines.append(f"to map the words of a column instead: --text {quoted(columns.texts[0])}")
    if options.color:
        lines.append(f"colour: {options.color}, which is not fitted")
    if raw.shape[1] == 1 and numbers:
        lines.append("one column alone: a histogram shows all of it, a map lays it along curves")
    return [*lines, *columns.notes]


def _nothing_to_map(columns: Columns, frame: Any) -> str:
    if columns.texts:
        name = max(columns.texts, key=lambda name: frame[name].astype(str).str.len().mean())
        return (
            "no column holds numbers or categories; to map the words of a column: --text "
            f"{quoted(name)}"
        )
    left_out = [f"{shown(names)} ({reason})" for reason, names in columns.left_out.items()]
    said = f"no column is left to map: {'; '.join(left_out) or 'all were named in options'}"
    counters = columns.left_out.get(ROW_NUMBERS)
    return f"{said}; to fit one all the same: --keep {quoted(counters[0])}" if counters else said
