"""Rows, their reconstruction, and where the two differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from aae_sklearn.display import _arrays, _style, _tiles
from aae_sklearn.display._arrays import FloatArray
from aae_sklearn.display._style import ACCENT, CONTRAST, FAINT, INK, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

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
    array([0.05, 0.08, 0.  , 0.06])
    """

    def __init__(
        self,
        rows: FloatArray,
        rows_decoded: FloatArray,
        *,
        image_shape: _tiles.ImageShape | None = None,
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
        image_shape: _tiles.ImageShape | None = None,
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
        rows_decoded = _arrays.decode(estimator, _arrays.codes_of(estimator, X))
        return cls.from_rows(
            X, rows_decoded, image_shape=image_shape, feature_names=feature_names, ax=ax, **kwargs
        )

    @classmethod
    def from_rows(
        cls,
        rows: Any,
        rows_decoded: Any,
        *,
        image_shape: _tiles.ImageShape | None = None,
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
        names = getattr(rows, "columns", None) if feature_names is None else feature_names
        rows, rows_decoded = _arrays.as_matrix(rows, "rows"), _arrays.as_matrix(rows_decoded, "rows_decoded")
        if rows.shape != rows_decoded.shape:
            raise ValueError(
                f"rows_decoded must have the shape of rows, {rows.shape}, got {rows_decoded.shape}."
            )
        display = cls(
            rows, rows_decoded, image_shape=image_shape,
            feature_names=_arrays.name_features(rows.shape[1], names),
        )  # fmt: skip
        return display.plot(ax, **kwargs)

    @property
    def lost_(self) -> FloatArray:
        """Mean squared error over variance per feature."""
        error = np.mean((self.rows - self.rows_decoded) ** 2, axis=0)
        variance = self.rows.var(axis=0)
        return np.divide(error, variance, out=np.full_like(error, np.nan), where=variance > 0)

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
        below = 3.2 if self.image_shape is not None else self._error_height()
        host = _style.canvas(ax, (7.0, 2.0 + below))
        top, bottom = _style.panels(host, (2, 1), height_ratios=(2.0, below))
        self.ax_, self.axes_ = top, {"rows": top, "error": bottom}
        self.figure_: Figure = host.figure  # type: ignore[assignment]
        shown = np.linspace(0, len(self.rows) - 1, min(n_rows, len(self.rows))).astype(int)
        self._draw_rows(top, shown, kwargs)
        _style.write_title(top, title)
        if self.image_shape is not None:
            self._draw_error_image(bottom)
        elif self.rows.shape[1] <= MAX_NAMED:
            self._draw_error_bars(bottom)
        else:
            self._draw_error_curve(bottom)
        total = float(np.nansum((self.rows - self.rows_decoded) ** 2)) / max(
            float(self.rows.var(axis=0).sum() * len(self.rows)), np.finfo(float).tiny
        )
        bottom.set_title(
            f"Share of each feature that is lost (all together: {total:.0%}; mean row: 100%)",
            loc="left", fontsize=9, color=INK,
        )  # fmt: skip
        return self
