"""The plane decoded: what the rows look like all over the prior."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aae_sklearn.display._arrays import (
    FloatArray,
    as_matrix,
    codes_of,
    decode,
    feature_names_of,
    n_components_of,
    prior_draws,
)
from aae_sklearn.display._style import canvas, tidy, write_remark, write_title
from aae_sklearn.display._tiles import (
    MAX_BARS,
    ImageShape,
    decoded_scale,
    draw_bar_key,
    draw_rows,
    most_variable,
    selection_remark,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

N_DRAWS = 10_000  # quantiles of so many draws are off by 0.005 in probability


class DecodedGridDisplay:
    """Rows decoded from a grid over the plane of codes.

    It is recommended to use :meth:`from_estimator` or :meth:`from_rows`. The grid stands at
    quantiles of the prior, so each tile covers the same share of rows; it is oriented as the map
    is, the first component to the right and the second upwards. Images are drawn as tiles, other
    rows as bars (up to 12 features, each scaled by its own range) or as lines (one scale).

    Parameters
    ----------
    rows : ndarray of shape (n_grid**2, n_features)
        Decoded rows, from the lower left to the right and then upwards.
    ticks : tuple of two ndarray of shape (n_grid,)
        Values of the two components at the columns and at the rows of the grid.
    image_shape : tuple of int, default=None
        (height, width) or (height, width, 3) of the rows.
    feature_names : list of str, default=None
        Names for the key of the bars.
    components : tuple of int, default=(0, 1)
        The components that vary.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes drawn on.
    figure_ : matplotlib Figure
        The figure they stand in.
    tiles_ : matplotlib artist
        The image of all tiles, or the collection of bars or lines.

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
    ) -> None:
        self.rows = rows
        self.ticks = ticks
        self.image_shape = image_shape
        self.feature_names = feature_names
        self.components = components

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
        y : None
            Ignored.
        n_grid : int, default=None
            Tiles along each side; None is 15 for images and 8 for other rows.
        components : tuple of int, default=(0, 1)
            The two components that vary; all others stand at their medians.
        coverage : float, default=0.96
            Share of each component's law between the first and the last tile.
        image_shape : tuple of int, default=None
            (height, width) or (height, width, 3) of the rows.
        feature_names : sequence of str, default=None
            Names for the key of the bars; None uses the columns of ``X``.
        random_state : int or None, default=0
            Seed of the draws from the prior.
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : DecodedGridDisplay
            The picture, drawn.

        Raises
        ------
        ValueError
            If neither ``prior_`` nor ``X`` is there, or codes have fewer than two components.
        """
        codes = _reference_codes(estimator, X, components, random_state)
        n_grid = n_grid or (15 if image_shape else 8)
        levels = np.linspace((1 - coverage) / 2, (1 + coverage) / 2, n_grid)
        ticks = (
            np.quantile(codes[:, components[0]], levels),
            np.quantile(codes[:, components[1]], levels),
        )
        grid = np.tile(np.median(codes, axis=0), (n_grid**2, 1))
        grid[:, components[0]] = np.tile(ticks[0], n_grid)
        grid[:, components[1]] = np.repeat(ticks[1], n_grid)
        rows = decode(estimator, grid)
        return cls(
            rows, ticks, image_shape=image_shape, components=components,
            feature_names=feature_names_of(X, rows.shape[1], feature_names),
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
        image_shape : tuple of int, default=None
            (height, width) or (height, width, 3) of the rows.
        feature_names : sequence of str, default=None
            Names for the key of the bars.
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : DecodedGridDisplay
            The picture, drawn.

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
        self, ax: Axes | None = None, *, title: str | None = "Decoded plane", **kwargs: Any
    ) -> DecodedGridDisplay:
        """Draw the grid.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a figure.
        title : str, default="Decoded plane"
            Title.
        **kwargs : dict
            Passed to the image (``cmap``, ``vmin``) or to the collection of bars or lines.

        Returns
        -------
        display : DecodedGridDisplay
            The object itself.
        """
        n_columns, n_rows = len(self.ticks[0]), len(self.ticks[1])
        # Tiles are laid from the top; the grid runs upwards as the map does.
        from_top = self.rows.reshape(n_rows, n_columns, -1)[::-1].reshape(len(self.rows), -1)
        if self.image_shape is None:
            from_top = from_top[:, most_variable(from_top)]
        cell_height = (
            1.0 if self.image_shape is None else self.image_shape[0] / self.image_shape[1]
        )
        self.ax_ = canvas(ax, (6.0, 6.0 * min(max(cell_height * n_rows / n_columns, 0.5), 2)))
        self.figure_: Figure = self.ax_.figure  # type: ignore[assignment]
        scale = decoded_scale(from_top) if self.image_shape else None
        self.tiles_ = draw_rows(
            self.ax_, from_top, n_columns, self.image_shape, scale=scale, **kwargs
        )
        self.ax_.set(xlim=(0, n_columns), ylim=(0, n_rows * cell_height), aspect="equal")
        self._write_axes(cell_height)
        if self.image_shape is None and self.rows.shape[1] <= MAX_BARS:
            draw_bar_key(self.ax_, self.feature_names or [])
        write_title(self.ax_, title)
        if from_top.shape[1] < self.rows.shape[1]:
            write_remark(self.ax_, selection_remark(self.rows.shape[1]))
        return self

    def _write_axes(self, cell_height: float) -> None:
        ax = self.ax_
        tidy(ax)
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0)
        for axis, values, step, k in zip(
            (ax.xaxis, ax.yaxis), self.ticks, (1.0, cell_height), self.components, strict=True
        ):
            shown = _ticked(len(values))
            axis.set_ticks((shown + 0.5) * step, _tick_names(values[shown]))
            axis.set_label_text(f"code {k + 1}")


def _ticked(n_tiles: int) -> npt.NDArray[np.intp]:
    """Tiles with a number, four or five of them, as many from the left as from the right."""
    n_ticks = min(5 if n_tiles % 2 else 4, n_tiles)
    # Halves are rounded to the even number: 3.5 and 10.5 of 15 tiles to 4 and 10.
    return np.linspace(0, n_tiles - 1, n_ticks).round().astype(np.intp)


def _tick_names(values: FloatArray) -> list[str]:
    """Values with as many decimals as their range needs."""
    spread = float(np.ptp(values)) or 1.0
    decimals = max(0, 1 - int(np.floor(np.log10(spread))))
    # Adding 0.0 turns -0.0 into 0.0.
    rounded = np.round(values, decimals) + 0.0
    return [f"{value:.{decimals}f}".replace("-", "\N{MINUS SIGN}") for value in rounded]


def _reference_codes(
    estimator: Any, X: Any, components: tuple[int, int], random_state: int | None
) -> FloatArray:
    codes = None if X is None else codes_of(estimator, X)
    width = codes.shape[1] if codes is not None else n_components_of(estimator)
    if max(components) >= width:
        raise ValueError(
            f"components={components} needs codes with {max(components) + 1} components, the "
            f"estimator has {width}."
        )
    draws = prior_draws(estimator, N_DRAWS, width, random_state)
    if draws is not None:
        return draws
    if codes is None:
        raise ValueError(f"{type(estimator).__name__} has no prior_: pass rows as X.")
    return codes
