"""The plane decoded: what the rows look like all over the prior."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aae_sklearn.display._arrays import FloatArray, as_matrix, decode, feature_names_of
from aae_sklearn.display._documentation import fill_docstrings
from aae_sklearn.display._grid import lay_grid, tick_names, ticked
from aae_sklearn.display._style import canvas, tidy, write_below, write_title
from aae_sklearn.display._tiles import (
    MAX_BARS,
    MAX_LINE,
    ImageShape,
    check_image_shape,
    decoded_scale,
    draw_bar_key,
    draw_rows,
    most_variable,
    selection_remark,
    veil,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@fill_docstrings
class DecodedGridDisplay:
    """Rows decoded from a grid over the plane of codes.

    It is recommended to use :meth:`from_estimator` or :meth:`from_rows`. The grid stands at
    quantiles of the prior, so each tile covers the same share of rows; it is oriented as the map
    is, the first component to the right and the second upwards. Images are drawn as tiles, other
    rows as bars (up to 12 features, each scaled by its own range) or as lines (one scale). Tiles
    where the prior has hardly any mass are pale: the decoder was never trained there.

    Parameters
    ----------
    rows : ndarray of shape (n_grid**2, n_features)
        Decoded rows, from the lower left to the right and then upwards.
    ticks : tuple of two ndarray of shape (n_grid,)
        Values of the two components at the columns and at the rows of the grid.
    $image_shape
    $feature_names
    $components
    has_mass : ndarray of bool of shape (n_grid**2,), default=None
        Whether there is mass of the prior near each tile; None is everywhere.
    prior_name : str, default=None
        The prior in words; None if the grid stands at quantiles of codes.

    Attributes
    ----------
    $ax_
    $figure_
    tiles_ : matplotlib artist
        The image of all tiles, or the collection of bars or lines.
    veil_ : matplotlib PatchCollection or None
        What makes tiles pale.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.decomposition import PCA
    >>> from aae_sklearn.display import DecodedGridDisplay
    >>> X, _ = load_digits(return_X_y=True)
    >>> pca = PCA(2).fit(X)
    >>> display = DecodedGridDisplay.from_estimator(pca, X, image_shape=(8, 8), n_grid=5)
    >>> display.rows.shape
    (25, 64)
    """

    def __init__(
        self,
        rows: FloatArray,
        ticks: tuple[FloatArray, FloatArray],
        *,
        image_shape: ImageShape | None = None,
        feature_names: list[str] | None = None,
        components: tuple[int, int] = (0, 1),
        has_mass: npt.NDArray[np.bool_] | None = None,
        prior_name: str | None = None,
    ) -> None:
        self.rows = rows
        self.ticks = ticks
        check_image_shape(image_shape)
        self.image_shape = image_shape
        self.feature_names = feature_names
        self.components = components
        self.has_mass = has_mass
        self.prior_name = prior_name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any = None,
        y: Any = None,
        *,
        n_grid: int | None = None,
        components: tuple[int, int] = (0, 1),
        coverage: float = 0.96,
        image_shape: ImageShape | None = None,
        feature_names: Sequence[str] | None = None,
        random_state: int | None = 0,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> DecodedGridDisplay:
        """Decode a grid of marginal quantiles of the prior, or of the codes of ``X``.

        Parameters
        ----------
        estimator : object
            Anything fitted with ``inverse_transform``. If it has ``prior_`` with
            ``sample(n_samples, n_components, random_state)``, quantiles are the prior's;
            otherwise those of ``estimator.transform(X)``.
        X : array-like of shape (n_samples, n_features), default=None
            Rows; needed only without ``prior_``.
        $y_ignored
        n_grid : int, default=None
            Tiles along each side; None is 15 for images and 8 for other rows.
        components : tuple of int, default=(0, 1)
            The two components that vary; all others stand at their medians.
        coverage : float, default=0.96
            Probability between the first and the last tile, in each component.
        $image_shape
        $feature_names
        $random_state
        $ax
        $to_plot

        Returns
        -------
        $drawn

        Raises
        ------
        ValueError
            If neither ``prior_`` nor ``X`` is there, or codes have fewer than two components.
        """
        n_grid = n_grid or (15 if image_shape else 8)
        grid = lay_grid(estimator, X, components, n_grid, coverage, random_state)
        rows = decode(estimator, grid.codes)
        return cls(
            rows, grid.ticks, image_shape=image_shape, components=components,
            feature_names=feature_names_of(X, rows.shape[1], feature_names, estimator),
            has_mass=grid.has_mass, prior_name=grid.prior_name,
        ).plot(ax, **kwargs)  # fmt: skip

    @classmethod
    def from_rows(
        cls,
        rows: Any,
        ticks: tuple[Any, Any],
        *,
        image_shape: ImageShape | None = None,
        feature_names: Sequence[str] | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> DecodedGridDisplay:
        """Draw rows that were decoded elsewhere.

        Parameters
        ----------
        rows : array-like of shape (n_columns * n_rows, n_features)
            Decoded rows, from the lower left to the right and then upwards.
        ticks : tuple of two array-like
            Values of the two components at the columns and at the rows of the grid.
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
            If the number of rows is not that of the grid.
        """
        matrix = as_matrix(rows, "rows")
        across, upwards = (np.asarray(part, dtype=float) for part in ticks)
        if len(matrix) != len(across) * len(upwards):
            raise ValueError(
                f"rows must hold one row per tile, {len(across)} * {len(upwards)} = "
                f"{len(across) * len(upwards)}, got {len(matrix)}."
            )
        names = feature_names_of(rows, matrix.shape[1], feature_names)
        display = cls(matrix, (across, upwards), image_shape=image_shape, feature_names=names)
        return display.plot(ax, **kwargs)

    def plot(
        self, ax: Axes | None = None, *, title: str | None = None, **kwargs: Any
    ) -> DecodedGridDisplay:
        """Draw the grid.

        Parameters
        ----------
        $ax
        $title
        **kwargs : dict
            Passed to the image (``cmap``, ``vmin``) or to the collection of bars or lines.

        Returns
        -------
        $itself
        """
        n_columns, n_rows = len(self.ticks[0]), len(self.ticks[1])
        shape = self.image_shape
        cell_height = 1.0 if shape is None else shape[0] / shape[1]
        side = 6.0 * min(max(cell_height * n_rows / n_columns, 0.5), 2)
        self.ax_ = canvas(ax, (6.0, side + 0.4))
        self.figure_: Figure = self.ax_.figure  # type: ignore[assignment]
        self.tiles_ = self._draw_tiles(kwargs)
        self.ax_.set(xlim=(0, n_columns), ylim=(0, n_rows * cell_height), aspect="equal")
        self._write_axes(cell_height)
        self.veil_ = None
        if self.has_mass is not None and not self.has_mass.all():
            at = np.flatnonzero(~self.has_mass)
            corners = np.column_stack([at % n_columns, at // n_columns * cell_height])
            self.veil_ = veil(self.ax_, corners, cell_height)
        of_prior = f" of the {self.prior_name} prior" if self.prior_name else ""
        write_title(self.ax_, title, "Decoded plane" + of_prior)
        return self

    def _draw_tiles(self, style: dict[str, Any]) -> Any:
        """Tiles are laid from the top; the grid runs upwards as the map does."""
        n_columns, n_rows = len(self.ticks[0]), len(self.ticks[1])
        from_top = self.rows.reshape(n_rows, n_columns, -1)[::-1].reshape(len(self.rows), -1)
        if self.image_shape is None:
            from_top = from_top[:, most_variable(from_top)]
        # Noise where there is no mass must not set the contrast of the rest.
        has_mass = self.has_mass is not None and self.has_mass.any()
        likely = self.rows[self.has_mass] if has_mass else self.rows
        scale = decoded_scale(likely) if self.image_shape else None
        return draw_rows(self.ax_, from_top, n_columns, self.image_shape, scale=scale, **style)

    def _write_axes(self, cell_height: float) -> None:
        ax = self.ax_
        tidy(ax)
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0)
        for axis, values, step, k in zip(
            (ax.xaxis, ax.yaxis), self.ticks, (1.0, cell_height), self.components, strict=True
        ):
            shown = ticked(len(values))
            axis.set_ticks((shown + 0.5) * step, tick_names(values[shown]))
            axis.set_label_text(f"code {k + 1}")
        for remark in self._remarks():
            write_below(ax, remark)
        if self.image_shape is None and self.rows.shape[1] <= MAX_BARS:
            draw_bar_key(ax, self.feature_names or [])

    def _remarks(self) -> list[str]:
        remarks = []
        if self.image_shape is None and self.rows.shape[1] > MAX_LINE:
            remarks.append(selection_remark(self.rows.shape[1]))
        if self.has_mass is not None and not self.has_mass.all():
            remarks.append("pale: hardly any " + ("of the prior" if self.prior_name else "rows"))
        return remarks
