"""Rows, their reconstruction, and where the two differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from aae_sklearn.display._arrays import FloatArray, as_matrix, codes_of, decode, feature_names_of
from aae_sklearn.display._palette import N_COLORS, PALETTE
from aae_sklearn.display._style import (
    ACCENT,
    CONTRAST,
    FAINT,
    INK,
    MUTED,
    bare,
    canvas,
    panels,
    tidy,
    write_remark,
    write_title,
)
from aae_sklearn.display._tiles import (
    MAX_BARS,
    ImageShape,
    as_images,
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
MAX_NAMED = 30  # features that have a bar and a name of their own


class ReconstructionDisplay:
    """Rows above their reconstruction, and the share of each feature that is lost.

    It is recommended to use :meth:`from_estimator` or :meth:`from_rows`. The lost share of a
    feature is its mean squared error over its variance: 0 is perfect, 1 no better than the mean
    row, which is what a collapsed autoencoder returns. Features that do not vary have none (NaN).

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features)
        Rows.
    rows_decoded : ndarray of shape (n_samples, n_features)
        Their reconstruction.
    image_shape : tuple of int, default=None
        (height, width) or (height, width, 3) of the rows.
    feature_names : list of str, default=None
        Names of the features.

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
    figure_ : matplotlib Figure
        The figure they stand in.
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

        Parameters
        ----------
        estimator : object
            Anything fitted with ``transform`` and ``inverse_transform``.
        X : array-like of shape (n_samples, n_features)
            Rows, best ones that were not used in ``fit``.
        y : None
            Ignored.
        image_shape : tuple of int, default=None
            (height, width) or (height, width, 3) of the rows.
        feature_names : sequence of str, default=None
            Names of the features; None uses the columns of ``X``.
        ax : matplotlib Axes, default=None
            Axes whose place the panels take; None makes a figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : ReconstructionDisplay
            The picture, drawn.
        """
        rows_decoded = decode(estimator, codes_of(estimator, X))
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
        image_shape : tuple of int, default=None
            (height, width) or (height, width, 3) of the rows.
        feature_names : sequence of str, default=None
            Names of the features; None uses the columns of ``rows``.
        ax : matplotlib Axes, default=None
            Axes whose place the panels take; None makes a figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : ReconstructionDisplay
            The picture, drawn.

        Raises
        ------
        ValueError
            If the two shapes differ.
        """
        matrix = as_matrix(rows, "rows")
        decoded = as_matrix(rows_decoded, "rows_decoded")
        if matrix.shape != decoded.shape:
            raise ValueError(
                f"rows_decoded must have the shape of rows, {matrix.shape}, got {decoded.shape}."
            )
        names = feature_names_of(rows, matrix.shape[1], feature_names)
        display = cls(matrix, decoded, image_shape=image_shape, feature_names=names)
        return display.plot(ax, **kwargs)

    @property
    def lost_(self) -> FloatArray:
        """Mean squared error over variance per feature, NaN where nothing varies."""
        error = np.mean((self.rows - self.rows_decoded) ** 2, axis=0, dtype=float)
        variance = self.rows.var(axis=0, dtype=float)
        lost: FloatArray = np.full_like(error, np.nan)
        np.divide(error, variance, out=lost, where=variance > 0)
        return lost

    @property
    def total_lost_(self) -> float:
        """Mean squared error over variance of all features together."""
        error = np.mean((self.rows - self.rows_decoded) ** 2, axis=0, dtype=float).sum()
        return float(error / self.rows.var(axis=0, dtype=float).sum())

    def plot(
        self,
        ax: Axes | None = None,
        *,
        n_rows: int = 10,
        title: str | None = "Reconstruction",
        **kwargs: Any,
    ) -> ReconstructionDisplay:
        """Draw rows, reconstructions and the lost share of each feature.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes whose place the panels take; None makes a figure.
        n_rows : int, default=10
            Rows drawn, evenly over all given; the error is that of all.
        title : str, default="Reconstruction"
            Title of the rows.
        **kwargs : dict
            Passed to the image or to the collections of the rows.

        Returns
        -------
        display : ReconstructionDisplay
            The object itself.
        """
        host, self.ax_, errors = self._place(ax)
        self.axes_ = {"rows": self.ax_, "error": errors}
        self.figure_: Figure = host.figure  # type: ignore[assignment]
        self._draw_rows(self.ax_, n_rows, kwargs)
        write_title(self.ax_, title)
        if self.image_shape is not None:
            self._draw_error_image(errors, self.image_shape)
        elif self.rows.shape[1] <= MAX_NAMED:
            self._draw_error_bars(errors)
        else:
            self._draw_error_curve(errors)
        lost = f"lost of all {self.total_lost_:.0%}"
        text = lost if self.image_shape else f"Share of each feature that is lost ({lost})"
        errors.set_title(text, loc="left", fontsize=9, color=INK)
        return self

    def _place(self, ax: Axes | None) -> tuple[Axes, Axes, Axes]:
        """Images beside their error, which is an image too; other rows above it."""
        if self.image_shape is not None:
            host = canvas(ax, (9.0, 2.3))
            rows, errors = panels(host, (1, 2), width_ratios=(5.0, 1.35))
            return host, rows, errors
        below = 0.8 + 0.2 * self.rows.shape[1] if self.rows.shape[1] <= MAX_NAMED else 2.4
        host = canvas(ax, (7.0, 2.0 + below))
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
                write_remark(ax, selection_remark(self.rows.shape[1]))
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

    def _draw_error_image(self, ax: Axes, image_shape: ImageShape) -> None:
        lost = as_images(self.lost_[None], image_shape)[0]
        lost = lost if lost.ndim == 2 else lost.mean(axis=-1)
        image = ax.imshow(lost, cmap="magma_r", vmin=0, vmax=1)
        bare(ax)
        bar = ax.figure.colorbar(image, ax=ax, shrink=0.9, aspect=16, pad=0.04)
        bar.outline.set_visible(False)
        bar.set_ticks([0, 0.5, 1], labels=["0", "0.5", "1 (mean row)"])
        bar.ax.tick_params(labelsize=8, labelcolor=MUTED, color=FAINT, length=3)

    def _draw_error_bars(self, ax: Axes) -> None:
        lost = self.lost_
        order = np.argsort(np.nan_to_num(lost, nan=-1.0))
        names = np.array(self.feature_names or feature_names_of(None, len(lost)))
        # The colours of the bars above name them.
        own = np.array([PALETTE[j % N_COLORS] for j in range(len(lost))])
        colors = own[order] if len(lost) <= MAX_BARS else ACCENT
        ax.barh(names[order], np.nan_to_num(lost[order]), color=colors, height=0.65)
        ax.axvline(1.0, color=CONTRAST, linewidth=0.8, linestyle=(0, (4, 3)))
        ax.annotate(
            "mean row", (1, 1), xycoords=("data", "axes fraction"), xytext=(3, -2), va="top",
            textcoords="offset points", fontsize=8, color=CONTRAST,
        )  # fmt: skip
        ax.set_xlim(0, max(1.12, 1.05 * float(np.nanmax(lost))))
        tidy(ax)
        ax.tick_params(axis="y", length=0)

    def _draw_error_curve(self, ax: Axes) -> None:
        lost = np.sort(self.lost_[np.isfinite(self.lost_)])
        rank = np.arange(1, len(lost) + 1)
        ax.fill_between(rank, lost, color=ACCENT, alpha=0.25, linewidth=0)
        ax.plot(rank, lost, color=ACCENT, linewidth=1.4)
        ax.axhline(1.0, color=CONTRAST, linewidth=0.8, linestyle=(0, (4, 3)))
        ax.annotate(
            "mean row", (0, 1), xycoords=("axes fraction", "data"), xytext=(4, -3), va="top",
            textcoords="offset points", fontsize=8, color=CONTRAST,
        )  # fmt: skip
        ax.set(xlim=(1, len(lost)), ylim=(0, max(1.08, 1.05 * float(lost.max()))))
        ax.set_xlabel("features, best kept first")
        tidy(ax)
