"""The decoded path between two rows."""

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
    two_rows,
)
from aae_sklearn.display._documentation import fill_docstrings
from aae_sklearn.display._map import draw_colorbar
from aae_sklearn.display._palette import N_COLORS, PALETTE
from aae_sklearn.display._style import (
    MUTED,
    bare,
    canvas,
    draw_image,
    name_lines,
    tidy,
    write_title,
)
from aae_sklearn.display._tiles import ImageShape, check_image_shape, draw_rows, image_scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GUTTER = 0.35  # tiles between the path and the real rows
MAX_LINES = 10  # more features are drawn as an image


@fill_docstrings
class InterpolationDisplay:
    """Rows decoded along the straight line between two codes, the two real rows at its ends.

    It is recommended to use :meth:`from_estimator` or :meth:`from_rows`. Images are drawn as
    tiles, up to 10 features as one line each, more as the columns of an image. Of more features
    with names the 10 that change most are drawn as lines.

    Parameters
    ----------
    rows : ndarray of shape (2, n_features)
        The two real rows.
    path : ndarray of shape (n_steps, n_features)
        Decoded rows, from the code of the first row to that of the second.
    $image_shape
    $feature_names

    Attributes
    ----------
    $ax_
    $figure_
    path_ : matplotlib artist or list of them
        The image of the path, or one line per feature.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.decomposition import PCA
    >>> from aae_sklearn.display import InterpolationDisplay
    >>> X, _ = load_digits(return_X_y=True)
    >>> display = InterpolationDisplay.from_estimator(PCA(8).fit(X), X[:2], image_shape=(8, 8))
    >>> display.path.shape
    (10, 64)
    """

    def __init__(
        self,
        rows: FloatArray,
        path: FloatArray,
        *,
        image_shape: ImageShape | None = None,
        feature_names: list[str] | None = None,
    ) -> None:
        self.rows = rows
        self.path = path
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
        n_steps: int = 10,
        feature_names: Sequence[str] | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> InterpolationDisplay:
        """Encode two rows and decode the line between their codes.

        Both ``from_estimator(model, X[:2])`` and ``from_estimator(model, X[0], X[1])`` work.

        Parameters
        ----------
        $fitted
        X : array-like of shape (2, n_features) or (n_features,)
            The two rows, or the first of them.
        y : array-like of shape (n_features,), default=None
            The second row, if ``X`` is one row; ignored if ``X`` has two.
        n_steps : int, default=10
            Codes on the line, its ends included.
        $feature_names
        $ax
        **kwargs : dict
            Passed to :meth:`from_rows`: ``image_shape`` and what :meth:`plot` takes.

        Returns
        -------
        $drawn

        Raises
        ------
        ValueError
            If ``X`` and ``y`` are not two rows.
        """
        tables = two_rows(X, y)
        codes = np.vstack([codes_of(estimator, table) for table in tables])
        ends = np.vstack([as_matrix(table, "X") for table in tables])
        share = np.linspace(0, 1, n_steps)[:, None]
        path = decode(estimator, (1 - share) * codes[0] + share * codes[1])
        names = _names_of(tables[0], ends.shape[1], feature_names)
        return cls.from_rows(ends, path, feature_names=names, ax=ax, **kwargs)

    @classmethod
    def from_rows(
        cls,
        rows: Any,
        path: Any,
        *,
        image_shape: ImageShape | None = None,
        feature_names: Sequence[str] | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> InterpolationDisplay:
        """Draw a path decoded elsewhere.

        Parameters
        ----------
        rows : array-like of shape (2, n_features)
            The two real rows.
        path : array-like of shape (n_steps, n_features)
            Decoded rows from the first to the second.
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
            If ``rows`` are not two, or shapes do not agree.
        """
        ends, steps = as_matrix(rows, "rows"), as_matrix(path, "path")
        if ends.shape != (2, steps.shape[1]):
            raise ValueError(
                f"rows must have shape (2, {steps.shape[1]}), the two ends of the path, got "
                f"{ends.shape}."
            )
        names = _names_of(rows, ends.shape[1], feature_names)
        display = cls(ends, steps, image_shape=image_shape, feature_names=names)
        return display.plot(ax, **kwargs)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        title: str | None = None,
        **kwargs: Any,
    ) -> InterpolationDisplay:
        """Draw the path.

        Parameters
        ----------
        $ax
        $title
        **kwargs : dict
            Passed to the images or to ``ax.plot``.

        Returns
        -------
        $itself
        """
        self.path_: Any
        if self.image_shape is not None:
            self._draw_tiles(ax, self.image_shape, kwargs)
        elif self.rows.shape[1] <= MAX_LINES or self.feature_names:
            self._draw_lines(ax, kwargs)
        else:
            self._draw_image(ax, kwargs)
        self.figure_: Figure = self.ax_.figure  # type: ignore[assignment]
        write_title(self.ax_, title, "From one row to another")
        return self

    def _draw_tiles(self, ax: Axes | None, shape: ImageShape, style: Any) -> None:
        n_steps, height = len(self.path), shape[0] / shape[1]
        width = n_steps + 2 + 2 * GUTTER
        self.ax_ = canvas(ax, (9.0, 9.0 * height / width + 0.7))
        scale = image_scale(self.rows)
        corners = (0.0, n_steps + 1 + 2 * GUTTER)
        for row, left in zip(self.rows, corners, strict=True):
            draw_rows(self.ax_, row[None], 1, shape, scale=scale, corner=(left, 0), **style)
        self.path_ = draw_rows(
            self.ax_, self.path, n_steps, shape, scale=scale, corner=(1 + GUTTER, 0), **style
        )
        bare(self.ax_)
        self.ax_.set(xlim=(0, width), ylim=(0, height), aspect="equal")
        middles = [0.5, 1 + GUTTER + n_steps / 2, width - 0.5]
        self.ax_.set_xticks(middles, ["row", "decoded path", "row"])
        self.ax_.tick_params(length=0, labelsize=9, labelcolor=MUTED)

    def _draw_lines(self, ax: Axes | None, style: Any) -> None:
        self.ax_ = canvas(ax, (6.0, 4.0))
        share = np.linspace(0, 1, len(self.path))
        self.path_ = []
        shown = self._most_changed()
        for i, j in enumerate(shown):
            color = PALETTE[i % N_COLORS]
            self.path_ += self.ax_.plot(
                share, self.path[:, j], **{"color": color, "linewidth": 1.6} | style
            )
            ends: dict[str, Any] = {
                "s": 26,
                "facecolors": "white",
                "edgecolors": color,
                "clip_on": False,
            }
            self.ax_.scatter([0, 1], self.rows[:, j], zorder=3, **ends)
        self.ax_.set(xlim=(0, 1), xticks=[0, 1], xticklabels=["first row", "second row"])
        tidy(self.ax_)
        for label, side in zip(self.ax_.get_xticklabels(), ("left", "right"), strict=True):
            label.set(horizontalalignment=side)  # names of lines stand on the right
        names = self.feature_names or feature_names_of(self.rows, self.rows.shape[1])
        name_lines(self.ax_, self.path_, self.path[-1, shown], [names[j] for j in shown])
        if len(shown) < self.rows.shape[1]:
            n_features = self.rows.shape[1]
            self.ax_.set_xlabel(f"the {len(shown)} of {n_features:,} features that change most")

    def _most_changed(self) -> npt.NDArray[np.intp]:
        """All features, or those with the largest range on the path, in order."""
        change = np.ptp(self.path, axis=0)
        return np.sort(np.argsort(-change, kind="stable")[:MAX_LINES])

    def _draw_image(self, ax: Axes | None, style: Any) -> None:
        self.ax_ = canvas(ax, (6.0, 5.0))
        n_steps, n_features = self.path.shape
        low, high = float(self.rows.min()), float(self.rows.max())
        style = {"cmap": "viridis", "vmin": low, "vmax": high, "aspect": "auto"} | style
        width = n_steps + 2 + 2 * GUTTER
        for row, left in zip(self.rows, (0.0, width - 1), strict=True):
            draw_image(self.ax_, row[:, None], extent=(left, left + 1, n_features, 0), **style)
        extent = (1 + GUTTER, 1 + GUTTER + n_steps, n_features, 0)
        self.path_ = draw_image(self.ax_, self.path.T, extent=extent, **style)
        self.ax_.set(xlim=(0, width), ylim=(n_features, 0), yticks=[], ylabel="features")
        self.ax_.set_xticks([0.5, width / 2, width - 0.5], ["row", "decoded path", "row"])
        tidy(self.ax_)
        self.ax_.spines[:].set_visible(False)
        self.ax_.tick_params(length=0)
        draw_colorbar(self.ax_, self.path_, None)


def _names_of(X: Any, n_features: int, names: Sequence[str] | None) -> list[str] | None:
    """Names given or those of a frame; None where there are none."""
    if names is None and not hasattr(X, "columns"):
        return None
    return feature_names_of(X, n_features, names)
