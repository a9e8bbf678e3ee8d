"""A column of text as counts of words."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import FunctionTransformer

from aae_sklearn.command._columns import check_names
from aae_sklearn.command._data import Data, of_frame, plain_scaling
from aae_sklearn.command._errors import CommandError, count, quoted
from aae_sklearn.command._repeating import read_text_again
from aae_sklearn.command._values import as_texts

MOST_WORDS = 20_000


def read_text(frame: Any, options: argparse.Namespace, notes: tuple[str, ...]) -> Data:
    """TF-IDF of the words of one column, compared by cosine."""
    for option in ("text", "color", "index"):
        name = getattr(options, option)
        check_names(frame, [name] if name else [], f"--{option}")
    encoder, rows = count_words(as_texts(frame[options.text]), options.text)
    has_words = np.diff(rows.indptr) > 0
    lines = [f"text: {options.text}, {rows.shape[1]:,} words as TF-IDF, compared by cosine"]
    if not has_words.all():
        missing = count(int((~has_words).sum()), "row")
        lines.append(f"{missing} without any of these words left out")
    return of_frame(
        frame[has_words], options, rows=rows[has_words], notes=(*notes, *lines), metric="cosine",
        scaling=plain_scaling(options), encoder=encoder,
        reader=FunctionTransformer(read_text_again, kw_args={"name": options.text}),
        feature_names=list(encoder.get_feature_names_out()),
    )  # fmt: skip


def count_words(text: Any, name: str) -> tuple[TfidfVectorizer, Any]:
    """TF-IDF of texts; a word of one of them says nothing about neighbours, nor one of most."""
    encoder = TfidfVectorizer(
        sublinear_tf=True, min_df=2 if len(text) > 20 else 1, max_df=0.5, max_features=MOST_WORDS,
        dtype=np.float32,
    )  # fmt: skip
    try:
        return encoder, encoder.fit_transform(text)
    except ValueError as error:
        raise CommandError(
            f"--text {quoted(name)}: no word is in two of the {len(text):,} texts and in fewer "
            "than half of them, so they cannot be compared by their words"
        ) from error
