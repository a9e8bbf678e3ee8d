"""The map: codes of rows as points of a plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aae_sklearn.display._arrays import FloatArray, as_matrix, codes_of, last_step, to_plane
from aae_sklearn.display._coloring import Coloring, color_rows
from aae_sklearn.display._labels import (
    Anchor,
    choose_key,
    draw_legend,
    find_anchors,
    legend_entries,
    legend_width,
    write_labels,
)
from aae_sklearn.display._map import draw_colorbar, equalize, frame, write_remarks
from aae_sklearn.display._points import SHADE_ABOVE, draw_new_points, draw_points, shade_points
from aae_sklearn.display._style import settle_layout, write_title
from aae_sklearn.display._thumbnails import draw_thumbnails
from aae_sklearn.display._tiles import ImageShape, as_images

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class EmbeddingDisplay:
    """Map of rows, coloured by class or by a value.

    It is recommended to use :meth:`from_estimator` or :meth:`from_codes`. Size and opacity of
    the points follow from their number; above 50,000 rows their density is shaded instead.
    Axes are equal in scale. The limits leave out lone far rows, and with tails so heavy that the
    bulk would vanish, the farthest; a note says how many.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, 2)
        Points of the map.
    y : ndarray of shape (n_samples,), default=None
        Classes or values that colour the points.
    new_codes : ndarray of shape (n_new, 2), default=None
        Points drawn over the map.
    new_y : ndarray of shape (n_new,), default=None
        Their classes or values.
    images : ndarray of shape (n_samples, height, width) or (n_samples, height, width, 3), \
            default=None
        Thumbnails of the rows.
    label_names : sequence of str, default=None
        Names of the classes, by position as in ``load_digits().target_names``.
    axis_labels : tuple of str, default=("code 1", "code 2")
        What the axes are; None for the second where only the first has a meaning.
    color_by : {"auto", "classes", "values"}, default="auto"
        What ``y`` is. "auto" takes fractions, and more than 40 different numbers, for values.
    value_name : str, default=None
        What the colour bar shows; :meth:`from_codes` uses the name of a pandas Series.
    name : str, default=None
        Title of the map.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes drawn on.
    figure_ : matplotlib Figure
        The figure they stand in.
    points_ : matplotlib artist
        The scatter of the codes, or the image of their density.
    new_points_ : matplotlib artist or None
        The scatter of the new codes.
    labels_ : list of matplotlib Annotation
        Names written in the middles of the classes, each on a row of its own.
    legend_ : matplotlib Legend or None
        The legend.
    colorbar_ : matplotlib Colorbar or None
        The colour bar.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.decomposition import PCA
    >>> from aae_sklearn.display import EmbeddingDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> display = EmbeddingDisplay.from_estimator(PCA(2).fit(X), X, y)
    >>> display.ax_.get_xlabel()
    'code 1'
    """

    def __init__(
        self,
        codes: FloatArray,
        *,
        y: npt.NDArray[Any] | None = None,
        new_codes: FloatArray | None = None,
        new_y: npt.NDArray[Any] | None = None,
        images: FloatArray | None = None,
        label_names: Sequence[str] | None = None,
        axis_labels: tuple[str, str | None] = ("code 1", "code 2"),
        color_by: str = "auto",
        value_name: str | None = None,
        name: str | None = None,
    ) -> None:
        self.codes = codes
        self.y = y
        self.new_codes = new_codes
        self.new_y = new_y
        self.images = images
        self.label_names = label_names
        self.axis_labels = axis_labels
        self.color_by = color_by
        self.value_name = value_name
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any = None,
        y: Any = None,
        *,
        X_new: Any = None,
        y_new: Any = None,
        image_shape: ImageShape | None = None,
        label_names: Sequence[str] | None = None,
        color_by: str = "auto",
        name: str | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> EmbeddingDisplay:
        """Draw the map of rows by an estimator.

        Parameters
        ----------
        estimator : object
            Anything fitted with ``transform`` (autoencoder, PCA, UMAP, Pipeline) or with
            ``embedding_`` (TSNE).
        X : array-like of shape (n_samples, n_features), default=None
            Rows to map. None draws ``embedding_``.
        y : array-like of shape (n_samples,), default=None
            Classes or values that colour the points.
        X_new : array-like of shape (n_new, n_features), default=None
            New rows, mapped by ``transform`` and drawn over the others.
        y_new : array-like of shape (n_new,), default=None
            Their classes or values.
        image_shape : tuple of int, default=None
            (height, width) or (height, width, 3) of the rows; draws thumbnails.
        label_names : sequence of str, default=None
            Names of the classes.
        color_by : {"auto", "classes", "values"}, default="auto"
            What ``y`` is.
        name : str, default=None
            Title; None uses the name of the estimator's class.
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : EmbeddingDisplay
            The picture, drawn.

        Raises
        ------
        TypeError
            If the estimator has neither ``transform`` nor ``embedding_``.
        ValueError
            If shapes do not agree.
        """
        codes = codes_of(estimator, X)
        new_codes = None if X_new is None else codes_of(estimator, X_new)
        images = None
        if image_shape is not None:
            images = as_images(as_matrix(X, "X"), image_shape)
        return cls.from_codes(
            codes, y, new_codes=new_codes, new_y=y_new, images=images, label_names=label_names,
            color_by=color_by, name=name or type(last_step(estimator)).__name__, ax=ax,
            **kwargs,
        )  # fmt: skip

    @classmethod
    def from_codes(
        cls,
        codes: Any,
        y: Any = None,
        *,
        new_codes: Any = None,
        new_y: Any = None,
        images: FloatArray | None = None,
        label_names: Sequence[str] | None = None,
        color_by: str = "auto",
        name: str | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> EmbeddingDisplay:
        """Draw a map of codes.

        Parameters
        ----------
        codes : array-like of shape (n_samples, n_components)
            Codes; wider than two they are drawn by their first two principal components.
        y : array-like of shape (n_samples,), default=None
            Classes or values that colour the points.
        new_codes : array-like of shape (n_new, n_components), default=None
            Codes drawn over the others.
        new_y : array-like of shape (n_new,), default=None
            Their classes or values.
        images : ndarray of shape (n_samples, height, width[, 3]), default=None
            Thumbnails of the rows.
        label_names : sequence of str, default=None
            Names of the classes.
        color_by : {"auto", "classes", "values"}, default="auto"
            What ``y`` is.
        name : str, default=None
            Title.
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : EmbeddingDisplay
            The picture, drawn.

        Raises
        ------
        ValueError
            If shapes do not agree.
        """
        codes = as_matrix(codes, "codes")
        new_codes = None if new_codes is None else as_matrix(new_codes, "new_codes")
        plane = to_plane(codes, new_codes)
        display = cls(
            plane.codes, y=_as_column(y, len(codes), "y"), new_codes=plane.new_codes,
            new_y=_as_column(new_y, 0 if new_codes is None else len(new_codes), "new_y"),
            images=images, label_names=label_names, axis_labels=plane.axis_labels,
            color_by=color_by, value_name=getattr(y, "name", None), name=name,
        )  # fmt: skip
        return display.plot(ax, **kwargs)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        labels: str | None = "auto",
        shading: str | bool = "auto",
        cmap: Any = "viridis",
        title: str | None = None,
        **kwargs: Any,
    ) -> EmbeddingDisplay:
        """Draw the map.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a figure.
        labels : {"auto", "medians", "legend", None}, default="auto"
            Key of the classes: names at their medians (at the nearest row in a crowd of its
            own), a legend or nothing. "auto" writes names on the map where the classes lie
            apart, or if there are more than 10.
        shading : bool or "auto", default="auto"
            Shade the density of points instead of drawing each; "auto" above 50,000 rows.
        cmap : str or matplotlib Colormap, default="viridis"
            Colours of values.
        title : str, default=None
            Title; None uses ``name``.
        **kwargs : dict
            Passed to ``ax.scatter``, e.g. ``s`` or ``alpha``.

        Returns
        -------
        display : EmbeddingDisplay
            The object itself.

        Raises
        ------
        ValueError
            If ``labels`` is none of the values above.
        """
        if labels not in ("auto", "medians", "legend", None):
            raise ValueError(
                f"labels must be 'auto', 'medians', 'legend' or None, got {labels!r}."
            )
        coloring = color_rows(
            self.y, self.new_y, len(self.codes), len(self._new_codes()),
            label_names=self.label_names, color_by=self.color_by, cmap=cmap,
        )  # fmt: skip
        every = np.vstack([self.codes, self._new_codes()])
        anchors = self._anchors(coloring)
        if labels == "auto":
            labels = choose_key(anchors, every)
        self.ax_ = frame(ax, every, self.axis_labels, self._key_width(coloring, labels))
        self.figure_: Figure = self.ax_.figure  # type: ignore[assignment]
        write_title(self.ax_, title or self.name)
        self._draw_key(coloring, labels)
        settle_layout(self.ax_)
        if self.axis_labels[1] is not None:
            equalize(self.ax_)
        self._draw_rows(coloring, shading, kwargs)
        self.labels_ = write_labels(self.ax_, anchors if labels == "medians" else {})
        write_remarks(self.ax_, every, len(self._new_codes()), self.new_y is not None)
        return self

    def _new_codes(self) -> FloatArray:
        return np.empty((0, 2)) if self.new_codes is None else self.new_codes

    def _labelled_codes(self) -> FloatArray:
        parts = [(self.codes, self.y), (self._new_codes(), self.new_y)]
        return np.vstack([codes for codes, y in parts if y is not None])

    def _anchors(self, coloring: Coloring) -> dict[str, Anchor]:
        if coloring.classes is None:
            return {}
        return find_anchors(self._labelled_codes(), coloring.classes)

    def _key_width(self, coloring: Coloring, labels: str | None) -> float:
        if coloring.mappable is not None:
            return 0.6
        if coloring.classes is not None and labels == "legend":
            return legend_width(coloring.classes)
        return 0.0

    def _draw_key(self, coloring: Coloring, labels: str | None) -> None:
        self.legend_ = self.colorbar_ = None
        if coloring.mappable is not None:
            self.colorbar_ = draw_colorbar(self.ax_, coloring.mappable, self.value_name)
        if coloring.classes is not None and labels == "legend":
            entries = legend_entries(coloring.classes)
            self.legend_ = draw_legend(self.ax_, entries, self._labelled_codes())

    def _draw_rows(self, coloring: Coloring, shading: str | bool, style: dict[str, Any]) -> None:
        ax, codes = self.ax_, self.codes
        is_alone = self.new_codes is None and self.images is None
        if shading is True or (shading == "auto" and len(codes) > SHADE_ABOVE):
            fade = 1.0 if is_alone else 0.5
            self.points_ = shade_points(ax, codes, coloring.colors, fade)
        else:
            fade = 1.0 if is_alone else 0.35
            self.points_ = draw_points(ax, codes, coloring.colors, fade, **style)
        if self.images is not None:
            draw_thumbnails(ax, codes, self.images, coloring.colors)
        self.new_points_ = None
        if self.new_codes is not None:
            self.new_points_ = draw_new_points(ax, self.new_codes, coloring.new_colors)


def _as_column(y: Any, n_rows: int, name: str) -> npt.NDArray[Any] | None:
    if y is None:
        return None
    column = np.asarray(y)
    if column.shape != (n_rows,):
        raise ValueError(
            f"{name} must hold one label or value per row, shape ({n_rows},), got shape "
            f"{column.shape}."
        )
    return column
