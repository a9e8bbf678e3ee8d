"""Decoded samples from the prior, and the real rows nearest to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.neighbors import NearestNeighbors

from aae_sklearn.display._arrays import FloatArray, as_matrix, feature_names_of, sample_rows
from aae_sklearn.display._documentation import fill_docstrings
from aae_sklearn.display._style import MUTED, bare, canvas, write_below, write_title
from aae_sklearn.display._tiles import (
    MAX_BARS,
    MAX_LINE,
    ImageShape,
    check_image_shape,
    draw_bar_key,
    draw_rows,
    feature_scale,
    image_scale,
    most_variable,
    selection_remark,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GUTTER = 0.6  # tiles between the two blocks


@fill_docstrings
class SamplesDisplay:
    """Samples at the left, the nearest real row of each at the same place at the right.

    It is recommended to use :meth:`from_estimator` or :meth:`from_rows`. Samples that are no
    good have no row like them; samples that repeat their neighbour exactly were learnt by heart.
    The remark under the samples compares their distance to the nearest row with that of the
    rows among themselves.

    Parameters
    ----------
    samples : ndarray of shape (n_samples, n_features)
        Decoded samples from the prior.
    nearest : ndarray of shape (n_samples, n_features)
        The nearest row of each.
    distances : ndarray of shape (n_samples,)
        Distance of each sample to its nearest row.
    row_distance : float
        Median distance of these rows to their own nearest rows.
    $image_shape
    $feature_names

    Attributes
    ----------
    $ax_
    $figure_
    tiles_ : list of matplotlib artist
        The samples and the nearest rows.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> import numpy as np
    >>> from aae_sklearn.display import SamplesDisplay
    >>> rows = np.arange(12.0).reshape(6, 2)
    >>> display = SamplesDisplay.from_rows(rows[:4] + 0.3, rows)
    >>> display.nearest[0]
    array([0., 1.])
    """

    def __init__(
        self,
        samples: FloatArray,
        nearest: FloatArray,
        distances: FloatArray,
        row_distance: float,
        *,
        image_shape: ImageShape | None = None,
        feature_names: list[str] | None = None,
    ) -> None:
        self.samples = samples
        self.nearest = nearest
        self.distances = distances
        self.row_distance = row_distance
        check_image_shape(image_shape)
        self.image_shape = image_shape
        self.feature_names = feature_names

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any = None,
        *,
        n_samples: int = 36,
        random_state: int | None = 0,
        image_shape: ImageShape | None = None,
        feature_names: Sequence[str] | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> SamplesDisplay:
        """Draw samples and find the nearest real rows.

        Parameters
        ----------
        estimator : object
            Anything fitted with ``sample(n_samples, random_state=...)`` that returns rows, or a
            Pipeline that ends with it and can go back.
        X : array-like of shape (n_rows, n_features)
            Real rows, best those used in ``fit``.
        $y_ignored
        n_samples : int, default=36
            Number of samples.
        $random_state
        $image_shape
        $feature_names
        $ax
        $to_plot

        Returns
        -------
        $drawn
        """
        samples = sample_rows(estimator, n_samples, random_state)
        return cls.from_rows(
            samples, X, image_shape=image_shape, feature_names=feature_names, ax=ax, **kwargs
        )

    @classmethod
    def from_rows(
        cls,
        samples: Any,
        rows: Any,
        *,
        image_shape: ImageShape | None = None,
        feature_names: Sequence[str] | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> SamplesDisplay:
        """Draw samples made elsewhere and their nearest rows (Euclidean).

        Parameters
        ----------
        samples : array-like of shape (n_samples, n_features)
            Samples.
        rows : array-like of shape (n_rows, n_features)
            Real rows, at least two.
        $image_shape
        $feature_names
        $ax
        $to_plot

        Returns
        -------
        $drawn

        Raises
        ------
        ValueError
            If samples and rows differ in their number of features, or rows have missing cells.
        """
        drawn, real = as_matrix(samples, "samples"), as_matrix(rows, "rows")
        if drawn.shape[1] != real.shape[1]:
            raise ValueError(
                f"samples must have the {real.shape[1]} features of rows, got {drawn.shape[1]}."
            )
        n_missing = int(np.isnan(real).any(axis=1).sum())
        if n_missing:
            raise ValueError(
                f"rows must not have missing cells (NaN), which have no distance, got {n_missing} "
                "rows with some; pass the others, or fill the cells in as the model does: "
                "np.where(np.isnan(X), model.inverse_transform(model.transform(X)), X)."
            )
        neighbors = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(real)
        distances, index = neighbors.kneighbors(drawn)
        nearest = real[index[:, 0]]
        # The nearest of a row is the row itself.
        own, _ = neighbors.kneighbors(nearest, n_neighbors=min(2, len(real)))
        display = cls(
            drawn, nearest, distances[:, 0], float(np.median(own[:, -1])), image_shape=image_shape,
            feature_names=feature_names_of(rows, real.shape[1], feature_names),
        )  # fmt: skip
        return display.plot(ax, **kwargs)

    def plot(
        self, ax: Axes | None = None, *, title: str | None = None, **kwargs: Any
    ) -> SamplesDisplay:
        """Draw the two blocks.

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
        shape = self.image_shape
        n_columns = int(np.ceil(np.sqrt(len(self.samples))))
        height = 1.0 if shape is None else shape[0] / shape[1]
        top = -(-len(self.samples) // n_columns) * height
        width = 2 * n_columns + GUTTER
        self.ax_ = canvas(ax, (8.0, 8.0 * top / width + 0.9))
        self.figure_: Figure = self.ax_.figure  # type: ignore[assignment]
        samples, nearest = self._shown()
        scale = image_scale(nearest) if shape else feature_scale(nearest)
        blocks = ((samples, 0.0), (nearest, n_columns + GUTTER))
        self.tiles_ = [
            draw_rows(self.ax_, part, n_columns, shape, scale=scale, corner=(x, 0), **kwargs)
            for part, x in blocks
        ]
        bare(self.ax_)
        self.ax_.set(xlim=(0, width), ylim=(0, top), aspect="equal")
        write_title(self.ax_, title)
        self._write_names(n_columns)
        return self

    def _shown(self) -> tuple[FloatArray, FloatArray]:
        if self.image_shape is not None:
            return self.samples, self.nearest
        kept = most_variable(self.nearest)
        return self.samples[:, kept], self.nearest[:, kept]

    def _write_names(self, n_columns: int) -> None:
        """Names of the blocks below them: the place above is the title's."""
        middles = [n_columns / 2, 1.5 * n_columns + GUTTER]
        self.ax_.set_xticks(middles, ["decoded samples from the prior", "nearest real rows"])
        self.ax_.tick_params(length=0, labelsize=9, labelcolor=MUTED)
        remark = (
            f"median distance to the nearest row {np.median(self.distances):.3g}"
            f" (among rows {self.row_distance:.3g})"
        )
        write_below(self.ax_, remark)
        if self.image_shape is None and self.samples.shape[1] > MAX_LINE:
            write_below(self.ax_, selection_remark(self.samples.shape[1]))
        if self.image_shape is None and self.samples.shape[1] <= MAX_BARS:
            draw_bar_key(self.ax_, self.feature_names or [])
