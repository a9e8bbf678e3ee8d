"""Rows, their reconstruction, and where the two differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from aae_sklearn.display._arrays import (
    FloatArray,
    as_matrix,
    codes_of,
    decode,
    feature_names_of,
    says_no_class,
)
from aae_sklearn.display._documentation import fill_docstrings
from aae_sklearn.display._errors import draw_error_bars, draw_error_curve, draw_error_image
from aae_sklearn.display._style import (
    INK,
    MUTED,
    bare,
    host_of_panels,
    panels,
    write_below,
    write_title,
)
from aae_sklearn.display._tiles import (
    ImageShape,
    check_image_shape,
    draw_rows,
    feature_scale,
    image_scale,
    most_variable,
    selection_remark,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GUTTER = 0.1  # tiles between the rows and their reconstruction
MAX_NAMED = 30  # features that have a bar and a name


@fill_docstrings
class ReconstructionDisplay:
    """Rows above their reconstruction, and the share of each feature that is lost.

    It is recommended to use :meth:`from_estimator` or :meth:`from_rows`. The lost share of a
    feature is its mean squared error over its variance: 0 is perfect, 1 no better than the mean
    row, which is what a collapsed autoencoder returns. Features that do not vary have none (NaN).
    Missing cells of the rows do not count.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features)
        Rows.
    rows_decoded : ndarray of shape (n_samples, n_features)
        Their reconstruction.
    $image_shape
    $feature_names

    Attributes
    ----------
    lost_ : ndarray of shape (n_features,)
        Mean squared error over variance per feature.
    total_lost_ : float
        The same of all features together; 1 minus it is the R2 of the reconstruction.
    ax_ : matplotlib Axes
        The panel of the rows.
    axes_ : dict of str to matplotlib Axes
        The panels "rows" and "error".
    $figure_
    tiles_ : list of matplotlib artist
        The rows and the reconstructions.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.decomposition import PCA
    >>> from aae_sklearn.display import ReconstructionDisplay
    >>> X, _ = load_iris(return_X_y=True)
    >>> display = ReconstructionDisplay.from_estimator(PCA(2).fit(X), X)
    >>> display.lost_.round(2)
    array([0.04, 0.16, 0.  , 0.06])
    """

    def __init__(
        self,
        rows: FloatArray,
        rows_decoded: FloatArray,
        *,
        image_shape: ImageShape | None = None,
        feature_names: list[str] | None = None,
    ) -> None:
        self.rows = rows
        self.rows_decoded = rows_decoded
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
        image_shape: ImageShape | None = None,
        feature_names: Sequence[str] | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> ReconstructionDisplay:
        """Encode rows, decode them and compare.

        Codes that say no class, as those of an
        :class:`~aae_sklearn.AdversarialAutoencoderClassifier` without heads, are decoded in the
        class that the estimator predicts.

        Parameters
        ----------
        $fitted
        $X_held_out
        $y_ignored
        $image_shape
        $feature_names
        $ax_of_panels
        $to_plot

        Returns
        -------
        $drawn
        """
        label = np.asarray(estimator.predict(X)) if says_no_class(estimator) else None
        rows_decoded = decode(estimator, codes_of(estimator, X), label)
        return cls.from_rows(
            X, rows_decoded, image_shape=image_shape, feature_names=feature_names, ax=ax, **kwargs
        )

    @classmethod
    def from_rows(
        cls,
        rows: Any,
        rows_decoded: Any,
        *,
        image_shape: ImageShape | None = None,
        feature_names: Sequence[str] | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> ReconstructionDisplay:
        """Compare rows with a reconstruction made elsewhere.

        Parameters
        ----------
        rows : array-like of shape (n_samples, n_features)
            Rows.
        rows_decoded : array-like of shape (n_samples, n_features)
            Their reconstruction.
        $image_shape
        $feature_names
        $ax_of_panels
        $to_plot

        Returns
        -------
        $drawn

        Raises
        ------
        ValueError
            If the two shapes differ, or all rows are the same.
        """
        matrix = as_matrix(rows, "rows")
        decoded = as_matrix(rows_decoded, "rows_decoded")
        if matrix.shape != decoded.shape:
            raise ValueError(
                f"rows_decoded must have the shape of rows, {matrix.shape}, got {decoded.shape}."
            )
        names = feature_names_of(rows, matrix.shape[1], feature_names)
        display = cls(matrix, decoded, image_shape=image_shape, feature_names=names)
        if not display._errors_and_variances()[1].any():
            raise ValueError(
                "rows are all the same, so they have no variance of which the error is a share; "
                "pass rows that differ."
            )
        return display.plot(ax, **kwargs)

    @property
    def lost_(self) -> FloatArray:
        """Mean squared error over variance per feature, NaN where nothing varies."""
        error, variance = self._errors_and_variances()
        lost: FloatArray = np.full_like(error, np.nan)
        np.divide(error, variance, out=lost, where=variance > 0)
        return lost

    @property
    def total_lost_(self) -> float:
        """Mean squared error over variance of all features together."""
        error, variance = self._errors_and_variances()
        return float(error.sum() / variance.sum())

    def _errors_and_variances(self) -> tuple[FloatArray, FloatArray]:
        """Mean squared error and variance of the known cells of each feature, 0 without any."""
        rows: Any = np.ma.masked_invalid(self.rows)
        error = np.square(rows - self.rows_decoded).mean(axis=0, dtype=float)
        # Rounding of the mean gives equal numbers a variance.
        variance = rows.var(axis=0, dtype=float) * (np.ma.ptp(rows, axis=0) > 0)
        return np.ma.filled(error, 0.0), np.ma.filled(variance, 0.0)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        n_rows: int = 10,
        title: str | None = None,
        **kwargs: Any,
    ) -> ReconstructionDisplay:
        """Draw rows, reconstructions and the lost share of each feature.

        Parameters
        ----------
        $ax_of_panels
        n_rows : int, default=10
            Rows drawn, evenly over all given; the error is that of all.
        $title
        **kwargs : dict
            Passed to the image or to the collections of the rows.

        Returns
        -------
        $itself
        """
        host, self.ax_, errors = self._place(ax)
        self.axes_ = {"rows": self.ax_, "error": errors}
        self.figure_: Figure = host.figure  # type: ignore[assignment]
        self._draw_rows(self.ax_, n_rows, kwargs)
        write_title(self.ax_, title, "Reconstruction")
        lost = f"lost of all {self.total_lost_:.0%}"
        if self.image_shape is not None:
            draw_error_image(errors, self.lost_, self.image_shape)
        elif self.rows.shape[1] <= MAX_NAMED:
            names = self.feature_names or feature_names_of(None, self.rows.shape[1])
            draw_error_bars(errors, self.lost_, names)
        else:
            draw_error_curve(errors, self.lost_)
        text = lost if self.image_shape else f"Share of each feature that is lost ({lost})"
        errors.set_title(text, fontsize=9, color=INK)
        return self

    def _place(self, ax: Axes | None) -> tuple[Axes, Axes, Axes]:
        """The error of images, an image too, stands at their right; that of others below."""
        if self.image_shape is not None:
            host = host_of_panels(ax, (9.0, 2.3))
            rows, errors = panels(host, (1, 2), width_ratios=(5.0, 1.35))
            return host, rows, errors
        below = 0.8 + 0.2 * self.rows.shape[1] if self.rows.shape[1] <= MAX_NAMED else 2.4
        host = host_of_panels(ax, (7.0, 2.0 + below))
        rows, errors = panels(host, (2, 1), height_ratios=(1.8, below))
        return host, rows, errors

    def _draw_rows(self, ax: Axes, n_rows: int, style: dict[str, Any]) -> None:
        n_rows = min(n_rows, len(self.rows))
        shown = np.linspace(0, len(self.rows) - 1, n_rows).astype(int)
        shape = self.image_shape
        height = 1.0 if shape is None else shape[0] / shape[1]
        step = height + GUTTER
        pairs = [("decoded", self.rows_decoded[shown]), ("rows", self.rows[shown])]
        if shape is None:
            kept = most_variable(self.rows)
            pairs = [(name, part[:, kept]) for name, part in pairs]
            if len(kept) < self.rows.shape[1]:
                write_below(ax, selection_remark(self.rows.shape[1]))
            scale = feature_scale(self.rows[:, kept])
        else:
            scale = image_scale(self.rows)
        self.tiles_ = [
            draw_rows(ax, part, n_rows, shape, scale=scale, corner=(0, k * step), **style)
            for k, (_, part) in enumerate(pairs)
        ]
        bare(ax)
        ax.set(xlim=(0, n_rows), ylim=(0, step + height), aspect="equal")
        ax.set_yticks([height / 2, step + height / 2], [name for name, _ in pairs])
        ax.tick_params(length=0, labelsize=9, labelcolor=MUTED)
