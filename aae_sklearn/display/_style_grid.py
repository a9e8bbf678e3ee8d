"""Styles and classes: the same style decoded in each class."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import check_random_state

from aae_sklearn.display._arrays import (
    FloatArray,
    as_matrix,
    codes_of,
    decode,
    feature_names_of,
    last_step,
    sample_rows,
)
from aae_sklearn.display._documentation import fill_docstrings
from aae_sklearn.display._style import MUTED, as_written, bare, canvas, write_below, write_title
from aae_sklearn.display._tiles import (
    MAX_BARS,
    MAX_LINE,
    ImageShape,
    check_image_shape,
    decoded_scale,
    draw_bar_key,
    draw_rows,
    feature_scale,
    most_variable,
    selection_remark,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GUTTER = 0.5  # tiles between given rows and decoded ones


@fill_docstrings
class StyleGridDisplay:
    """A grid with a style in each row and a class in each column.

    It is recommended to use :meth:`from_estimator`. Where class and style are separated, a
    column shows one class in many styles, and a row one style in all classes: Figure 6 of
    Makhzani et al., "Adversarial Autoencoders", arXiv 1511.05644.

    Parameters
    ----------
    grid : ndarray of shape (n_styles, n_classes, n_features)
        Decoded rows.
    labels : sequence
        The classes, column by column.
    given : ndarray of shape (n_styles, n_features) or None, default=None
        The rows whose styles these are.
    $image_shape
    $feature_names

    Attributes
    ----------
    $ax_
    $figure_
    tiles_ : list of matplotlib artist
        The decoded rows, and the given ones if there are any.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> import numpy as np
    >>> from aae_sklearn.display import StyleGridDisplay
    >>> grid = np.arange(12.0).reshape(2, 3, 2)
    >>> StyleGridDisplay(grid, ["a", "b", "c"]).plot().grid.shape
    (2, 3, 2)
    """

    def __init__(
        self,
        grid: FloatArray,
        labels: Sequence[Any],
        given: FloatArray | None = None,
        *,
        image_shape: ImageShape | None = None,
        feature_names: list[str] | None = None,
    ) -> None:
        self.grid = grid
        self.labels = labels
        self.given = given
        check_image_shape(image_shape)
        self.image_shape = image_shape
        self.feature_names = feature_names

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any = None,
        y: Any = None,
        *,
        labels: Sequence[Any] | None = None,
        n_styles: int = 8,
        random_state: int | None = 0,
        image_shape: ImageShape | None = None,
        feature_names: Sequence[str] | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> StyleGridDisplay:
        """Decode styles in each class.

        Parameters
        ----------
        estimator : object
            Anything fitted with ``sample(n_samples, random_state, label=...)``; with X also
            ``transform`` and ``inverse_transform(codes, label=...)``.
        X : array-like of shape (n_styles, n_features), default=None
            Rows whose styles are transferred to all classes; None samples styles.
        $y_ignored
        labels : sequence, default=None
            The classes to show; None takes ``classes_``, or the numbers of the clusters that are
            not empty.
        n_styles : int, default=8
            Number of styles that are sampled, where X is None.
        $random_state
        $image_shape
        $feature_names
        $ax
        $to_plot

        Returns
        -------
        $drawn

        Raises
        ------
        TypeError
            If ``labels`` is None and the estimator has neither ``classes_`` nor ``labels_``.
        ValueError
            If ``X`` is given and the codes are places on a map with heads.
        """
        labels = _labels_of(estimator) if labels is None else labels
        given = None if X is None else as_matrix(X, "X")
        if X is None:
            if not isinstance(random_state, Integral):  # one seed, so that all classes have it
                random_state = check_random_state(random_state).randint(2**31 - 1)
            columns = [
                sample_rows(estimator, n_styles, random_state, label=label) for label in labels
            ]
        else:
            _check_styles(estimator)
            codes = codes_of(estimator, X)
            columns = [decode(estimator, codes, label) for label in labels]
        grid = np.stack(columns, axis=1)
        names = feature_names_of(X, grid.shape[2], feature_names, estimator)
        display = cls(grid, labels, given, image_shape=image_shape, feature_names=names)
        return display.plot(ax, **kwargs)

    def plot(
        self, ax: Axes | None = None, *, title: str | None = None, **kwargs: Any
    ) -> StyleGridDisplay:
        """Draw the grid.

        Parameters
        ----------
        $ax
        $title
        **kwargs : dict
            Passed to the images or to the collections of bars or lines.

        Returns
        -------
        $itself
        """
        n_styles, n_classes, n_features = self.grid.shape
        shape = self.image_shape
        height = 1.0 if shape is None else shape[0] / shape[1]
        left = 0.0 if self.given is None else 1 + GUTTER
        width, top = left + n_classes, n_styles * height
        self.ax_ = canvas(ax, (0.7 * width, 0.7 * top + 0.6))
        self.figure_: Figure = self.ax_.figure  # type: ignore[assignment]
        rows = self.grid.reshape(-1, n_features)
        kept = np.arange(n_features) if shape is not None else most_variable(rows)
        scale = decoded_scale(rows) if shape is not None else feature_scale(rows[:, kept])
        blocks = [(rows, n_classes, left)]
        if self.given is not None:
            blocks.append((self.given, 1, 0.0))
        self.tiles_ = [
            draw_rows(self.ax_, part[:, kept], n, shape, scale=scale, corner=(x, 0), **kwargs)
            for part, n, x in blocks
        ]
        bare(self.ax_)
        self.ax_.set(xlim=(0, width), ylim=(0, top), aspect="equal")
        write_title(self.ax_, title)
        self._write_names(left)
        return self

    def _write_names(self, left: float) -> None:
        """Names of the classes above their columns, and of what is given below."""
        places = [left + k + 0.5 for k in range(len(self.labels))]
        self.ax_.xaxis.tick_top()
        self.ax_.set_xticks(places, [as_written(str(label)) for label in self.labels])
        self.ax_.tick_params(length=0, labelsize=9, labelcolor=MUTED)
        if self.given is not None:
            write_below(self.ax_, "at the left the rows whose styles these are")
        if self.image_shape is None and self.grid.shape[2] > MAX_LINE:
            write_below(self.ax_, selection_remark(self.grid.shape[2]))
        if self.image_shape is None and self.grid.shape[2] <= MAX_BARS:
            draw_bar_key(self.ax_, self.feature_names or [])


def _labels_of(estimator: Any) -> Sequence[Any]:
    """The classes of a fitted estimator, or its clusters that have rows."""
    step = last_step(estimator)
    if hasattr(step, "classes_"):
        return list(step.classes_)
    if hasattr(step, "labels_"):
        return sorted(set(step.labels_.tolist()))
    raise TypeError(
        f"{type(step).__name__} has neither classes_ nor labels_, and the grid has a column for "
        "each class; pass a fitted AdversarialAutoencoderClassifier or "
        "AdversarialAutoencoderClusterer, or use DecodedGridDisplay."
    )


def _check_styles(estimator: Any) -> None:
    """Raise if codes are places on a map with heads, which say a class."""
    if hasattr(last_step(estimator), "heads_"):
        raise ValueError(
            "with heads=True a code says its class by its place, so no other class can have "
            "its style; leave X out to sample styles, or fit with heads=False."
        )
