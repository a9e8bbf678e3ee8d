"""The map: codes of rows as points of a plane or of space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from aae_sklearn.display._arrays import (
    FloatArray,
    Places,
    as_matrix,
    codes_of,
    title_of,
    to_places,
)
from aae_sklearn.display._coloring import Coloring, color_rows, take_color
from aae_sklearn.display._columns import (
    Column,
    as_column,
    check_new_labels,
    check_one_kind,
    name_of,
)
from aae_sklearn.display._documentation import fill_docstrings
from aae_sklearn.display._labels import (
    Anchor,
    choose_key,
    draw_legend,
    emptiest_corner,
    find_anchors,
    key_width,
    legend_entries,
    write_labels,
)
from aae_sklearn.display._map import describe, draw_colorbar, frame, settle, write_note
from aae_sklearn.display._partitions import (
    draw_partitions,
    lazy_or_codes_of,
    refuse_by_partitions,
)
from aae_sklearn.display._points import draw_new_points, draw_rows
from aae_sklearn.display._space import is_space
from aae_sklearn.display._style import write_title
from aae_sklearn.display._thumbnails import draw_thumbnails
from aae_sklearn.display._tiles import ImageShape, as_images
from aae_sklearn.rows._partitioned import is_partitioned

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@fill_docstrings
class EmbeddingDisplay:
    """Map of rows, coloured by class, number or date.

    It is recommended to use :meth:`from_estimator` or :meth:`from_codes`. Size and opacity of
    the points follow from their number; above 50,000 rows their density is shaded instead.
    Axes are equal in scale. The limits leave out lone far rows, and with tails so heavy that the
    bulk would vanish, the farthest; a note in a corner says how many.

    Two components are a plane, and three are drawn in axes with depth. Codes with more are
    drawn by their first two principal components. To see others, pass columns of the codes or
    another map of them to :meth:`from_codes`, such as ``TSNE().fit_transform(codes)``.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, 2) or (n_samples, 3)
        Points of the map.
    $y
    new_codes : ndarray of the same width, default=None
        Points drawn over the map.
    $new_y
    images : ndarray of shape (n_samples, height, width[, 3]), default=None
        Thumbnails of the rows.
    $label_names
    axis_labels : tuple of str, default=("code 1", "code 2")
        Names of the axes; None for one without a meaning.
    $color_by
    value_name : str, default=None
        What the colour bar shows; :meth:`from_codes` uses the name of a pandas Series.
    $name

    Attributes
    ----------
    $ax_
    $figure_
    points_ : matplotlib artist
        The scatter of the codes, or the image of their density.
    new_points_ : matplotlib artist or None
        The scatter of the new codes.
    labels_ : list of matplotlib Text
        Names written in the middles of the classes, each at the code of one row.
    legend_ : matplotlib Legend or None
        The legend.
    colorbar_ : matplotlib Colorbar or None
        The colour bar.
    note_ : matplotlib Annotation
        The note in a corner: number of rows, and what is grey or outside.

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
        y: Column | None = None,
        new_codes: FloatArray | None = None,
        new_y: Column | None = None,
        images: FloatArray | None = None,
        label_names: Sequence[str] | None = None,
        axis_labels: tuple[str | None, ...] = ("code 1", "code 2"),
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
            Rows to map. None draws ``embedding_``. Of a dask collection the density of all rows
            is drawn.
        $y
        X_new : array-like of shape (n_new, n_features), default=None
            New rows, mapped by ``transform`` and drawn over the others.
        y_new : array-like of shape (n_new,), default=None
            The same for the new rows.
        $image_shape
        $name
        $ax
        **kwargs : dict
            Passed to :meth:`from_codes`: ``label_names``, ``color_by``, ``axis_labels`` and
            what :meth:`plot` takes.

        Returns
        -------
        $drawn

        Raises
        ------
        TypeError
            If the estimator has neither ``transform`` nor ``embedding_``.
        ValueError
            If shapes do not agree.
        """
        check_new_labels(y_new, X_new, "y_new", "X_new")
        codes = lazy_or_codes_of(estimator, X)
        if is_partitioned(codes):
            refuse_by_partitions({"image_shape": image_shape})
        new_codes = None if X_new is None else codes_of(estimator, X_new)
        if y is not None and new_codes is not None and not is_partitioned(codes):
            new_column = as_column(y_new, len(new_codes), "y_new")
            check_one_kind(as_column(y, len(codes), "y"), new_column, "y_new")
        images = None if image_shape is None else as_images(as_matrix(X, "X"), image_shape)
        return cls.from_codes(
            codes, y, new_codes=new_codes, new_y=y_new, images=images,
            name=name or title_of(estimator), ax=ax, **kwargs,
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
        axis_labels: tuple[str, ...] | None = None,
        name: str | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> EmbeddingDisplay:
        """Draw a map of codes.

        Parameters
        ----------
        codes : array-like of shape (n_samples, n_components)
            Codes; with more than three components, or three on flat axes, they are drawn by
            their first two principal components. Of a dask collection with two columns the
            density is drawn, partition by partition, on axes that suit a sample. It is read
            twice, so store or persist it before.
        $y
        new_codes : array-like of shape (n_new, n_components), default=None
            Codes drawn over the others.
        $new_y
        images : ndarray of shape (n_samples, height, width[, 3]), default=None
            Thumbnails of the rows; they need a plane.
        $label_names
        $color_by
        $axis_labels
        $name
        $ax
        $to_plot

        Returns
        -------
        $drawn

        Raises
        ------
        ValueError
            If shapes do not agree.
        """
        if is_partitioned(codes):
            own = {"y": y, "images": images, "label_names": label_names, **kwargs}
            refuse_by_partitions(own)
            drawn: EmbeddingDisplay = draw_partitions(
                cls, codes, new_codes=new_codes, new_y=new_y, color_by=color_by,
                axis_labels=axis_labels, name=name, ax=ax, **kwargs,
            )  # fmt: skip
            return drawn
        codes = as_matrix(codes, "codes")
        new_codes = None if new_codes is None else as_matrix(new_codes, "new_codes")
        places = to_places(codes, new_codes, has_depth=images is None and is_space(ax))
        if axis_labels is not None and len(axis_labels) != places.codes.shape[1]:
            raise ValueError(
                f"axis_labels must hold {places.codes.shape[1]} names, got {len(axis_labels)}."
            )
        check_new_labels(new_y, new_codes, "new_y", "new_codes")
        new_column = as_column(new_y, 0 if new_codes is None else len(new_codes), "new_y")
        column = as_column(y, len(codes), "y")
        check_one_kind(column, new_column, "new_y")
        display = cls(
            places.codes, y=column, new_codes=places.new_codes,
            new_y=new_column, images=images, label_names=label_names,
            axis_labels=axis_labels or places.axis_labels, color_by=color_by,
            value_name=name_of(y), name=name,
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
        $ax
        labels : {"auto", "medians", "legend", None}, default="auto"
            Key of the classes: names in their middles, a legend or nothing. "auto" writes names
            above 10 classes and, in a new figure, where the classes lie apart. On axes that
            you give only the number of classes decides (above 4), so that panels agree.
        shading : bool or "auto", default="auto"
            Shade the density of points instead of drawing each; "auto" above 50,000 rows of a
            plane, if no keywords ask for points.
        cmap : str or matplotlib Colormap, default="viridis"
            Colours of values.
        title : str, default=None
            Title; None uses ``name``, "" leaves it out.
        **kwargs : dict
            Passed to ``ax.scatter``, e.g. ``s``, ``alpha`` or, without ``y``, ``color``.

        Returns
        -------
        $itself

        Raises
        ------
        ValueError
            If ``labels`` is none of the values above, or ``color`` is given with ``y``.
        """
        _check_labels(labels)
        codes, new_codes, axis_labels = self._places(ax)
        coloring = self._coloring(len(new_codes), cmap, kwargs)
        every = np.vstack([codes, new_codes])
        anchors = self._anchors(coloring, codes, new_codes)
        if labels == "auto":
            labels = choose_key(anchors, every, is_panel=ax is not None)
        self.ax_ = frame(ax, every, axis_labels, key_width(coloring, labels))
        self.figure_: Figure = self.ax_.figure  # type: ignore[assignment]
        write_title(self.ax_, title, self.name)
        corner = None if ax is None else emptiest_corner(self.ax_, every)
        self._draw_key(coloring, labels, corner)
        settle(self.ax_, axis_labels)
        self._draw_rows(codes, new_codes, coloring, shading, kwargs)
        self.labels_ = write_labels(self.ax_, anchors if labels == "medians" else [])
        note = describe(self.ax_, every, len(new_codes), coloring, self.legend_ is not None)
        self.note_ = write_note(self.ax_, note, every, corner if self.legend_ else None)
        return self

    def _places(self, ax: Axes | None) -> tuple[FloatArray, FloatArray, tuple[str | None, ...]]:
        """The points, those of space flattened if the axes are flat."""
        places = Places(self.codes, self.new_codes, self.axis_labels)
        if self.codes.shape[1] == 3 and not is_space(ax):
            places = to_places(self.codes, self.new_codes, has_depth=False)
        codes, new_codes, axis_labels = places
        if codes.shape[1] == 2 and ax is not None and is_space(ax):
            raise ValueError("axes with depth need codes with three components, got 2.")
        return codes, codes[:0] if new_codes is None else new_codes, axis_labels

    def _coloring(self, n_new: int, cmap: Any, style: dict[str, Any]) -> Coloring:
        color = take_color(style, has_labels=self.y is not None)
        return color_rows(
            self.y, self.new_y, len(self.codes), n_new, label_names=self.label_names,
            color_by=self.color_by, cmap=cmap, color=color,
        )  # fmt: skip

    def _anchors(
        self, coloring: Coloring, codes: FloatArray, new_codes: FloatArray
    ) -> list[Anchor]:
        if coloring.classes is None:
            return []
        parts = [(codes, self.y), (new_codes, self.new_y)]
        labelled = np.vstack([part for part, y in parts if y is not None])
        return find_anchors(labelled, coloring.classes)

    def _draw_key(self, coloring: Coloring, labels: str | None, corner: str | None) -> None:
        self.legend_ = self.colorbar_ = None
        if coloring.mappable is not None:
            self.colorbar_ = draw_colorbar(
                self.ax_, coloring.mappable, self.value_name, coloring.unit
            )
        if coloring.classes is not None and labels == "legend" and coloring.classes.names:
            self.legend_ = draw_legend(self.ax_, legend_entries(coloring.classes), corner)

    def _draw_rows(
        self,
        codes: FloatArray,
        new_codes: FloatArray,
        coloring: Coloring,
        shading: str | bool,
        style: dict[str, Any],
    ) -> None:
        is_alone = self.new_codes is None and self.images is None
        self.points_ = draw_rows(
            self.ax_, codes, coloring.colors, shading, is_alone=is_alone, **style
        )
        if self.images is not None:
            draw_thumbnails(self.ax_, codes, self.images, coloring.colors)
        self.new_points_ = None
        if self.new_codes is not None:
            self.new_points_ = draw_new_points(self.ax_, new_codes, coloring.new_colors)


def _check_labels(labels: str | None) -> None:
    if labels not in ("auto", "medians", "legend", None):
        raise ValueError(f"labels must be 'auto', 'medians', 'legend' or None, got {labels!r}.")
