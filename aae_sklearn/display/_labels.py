"""The key of a map: names where the classes lie, or a legend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.spatial.distance import cdist

from aae_sklearn.display._arrays import FloatArray, robust_limits
from aae_sklearn.display._coloring import Coloring
from aae_sklearn.display._palette import Classes
from aae_sklearn.display._style import FAINT, INK, as_written

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEGEND_ROWS = 20
MAX_LEGEND = 10  # classes that a reader can tell by colour alone
MAX_PANEL_LEGEND = 4  # classes whose legend fits into a corner of a small panel
MIN_SEPARATION = 0.05  # closest two middles, in diagonals of the map
MIN_OWN = 0.6  # share of rows that their own class's middle is nearest to, 0 by chance
TOUCHING = 6.0  # points between a name and its class that need no line
N_CELLS = 24  # along each axis of the grid that tells the dense half of a class


class Anchor(NamedTuple):
    """Where a class lies.

    Attributes
    ----------
    name : str
        Its name, which other classes may have, too.
    middle : ndarray of shape (n_components,)
        A row in its middle.
    reach : ndarray of shape (n_components,)
        How far nine in ten of its rows reach.
    own : float
        Share of its rows to which no other class's middle is nearer.
    """

    name: str
    middle: FloatArray
    reach: FloatArray
    own: float


def find_anchors(codes: FloatArray, classes: Classes) -> list[Anchor]:
    """One anchor per named class."""
    members = [codes[classes.index == k] for k in range(len(classes.names))]
    middles = np.array([_middle(of_class) for of_class in members])
    anchors = []
    for k, (name, of_class) in enumerate(zip(classes.names, members, strict=True)):
        reach = np.quantile(np.abs(of_class - middles[k]), 0.9, axis=0)
        nearest = cdist(of_class, middles).argmin(axis=1)
        anchors.append(Anchor(name, middles[k], reach, float(np.mean(nearest == k))))
    return anchors


def _middle(codes: FloatArray) -> FloatArray:
    """The row nearest to the median among the denser half: the median of two pieces is neither."""
    crowding = _crowding(codes)
    dense = codes[crowding >= np.median(crowding)]
    nearest = np.linalg.norm(dense - np.median(codes, axis=0), axis=1).argmin()
    middle: FloatArray = dense[nearest]
    return middle


def _crowding(codes: FloatArray) -> FloatArray:
    """Rows in the cell of each row."""
    low, high = codes.min(axis=0), codes.max(axis=0)
    cell = ((codes - low) / np.where(high > low, high - low, 1.0) * (N_CELLS - 1)).astype(int)
    _, index, counts = np.unique(cell, axis=0, return_inverse=True, return_counts=True)
    crowding: FloatArray = counts[index.ravel()].astype(float)
    return crowding


def choose_key(anchors: list[Anchor], codes: FloatArray, is_panel: bool) -> str:
    """Names on the map where the classes lie apart or are too many to match by colour alone.

    In a panel the number of classes alone decides, so that panels of the same classes agree.
    """
    if len(anchors) > MAX_LEGEND:
        return "medians"
    if len(anchors) < 2 or codes.shape[1] == 3:
        return "legend"
    if is_panel:
        return "medians" if len(anchors) > MAX_PANEL_LEGEND else "legend"
    places = np.array([anchor.middle for anchor in anchors])
    gaps = np.linalg.norm(places[:, None] - places[None], axis=-1)
    closest = gaps[np.triu_indices(len(places), 1)].min()
    extent = np.hypot(*(np.subtract(*robust_limits(codes[:, i])) for i in range(2)))
    own, by_chance = np.mean([anchor.own for anchor in anchors]), 1 / len(anchors)
    is_pure = own - by_chance >= MIN_OWN * (1 - by_chance)
    return "medians" if is_pure and closest >= MIN_SEPARATION * extent else "legend"


def write_labels(ax: Axes, anchors: list[Anchor]) -> list[Any]:
    """Names in the middles, or above a class that the name would hide.

    They are moved apart where they would overlap, with a thin line to their class.
    """
    from matplotlib.patheffects import withStroke

    is_few = len(anchors) <= LEGEND_ROWS
    style: dict[str, Any] = {
        "fontsize": 9.5 if len(anchors) <= 12 else 8.5 if is_few else 7.5,
        "fontweight": "bold" if is_few else "normal",
        "color": INK,
        "path_effects": [withStroke(linewidth=2.5, foreground="white", alpha=0.9)],
        "ha": "center",
        "va": "center",
    }
    if any(len(anchor.middle) == 3 for anchor in anchors):
        space: Any = ax
        return [space.text(*anchor.middle, as_written(anchor.name), **style) for anchor in anchors]
    line = {"arrowstyle": "-", "color": INK, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 0}
    place: dict[str, Any] = {"xytext": (0, 0), "textcoords": "offset points", "arrowprops": line}
    place |= {"annotation_clip": False, "zorder": 6}
    texts = [
        ax.annotate(as_written(anchor.name), tuple(anchor.middle), **place, **style)
        for anchor in anchors
    ]
    if texts:
        _move_apart(ax, texts, anchors)
    return texts


def _move_apart(ax: Axes, texts: list[Any], anchors: list[Anchor]) -> None:
    from matplotlib.text import Text

    points = 72.0 / ax.figure.dpi
    # An annotation's own extent includes its line.
    boxes = [Text.get_window_extent(text) for text in texts]
    half = np.array([[box.width, box.height] for box in boxes]) * points / 2 + 1.0
    middles = np.array([anchor.middle for anchor in anchors])
    home = ax.transData.transform(middles) * points
    edge = ax.transData.transform(middles + [anchor.reach for anchor in anchors]) * points
    frame = ax.get_window_extent()
    corners = np.array([[frame.x0, frame.y0], [frame.x1, frame.y1]]) * points
    moved = separate_boxes(_uncover(home, edge - home, half), half, corners)
    # A name that stands on its class or touches it needs no line.
    is_apart = np.any(np.abs(moved - home) > edge - home + half + TOUCHING, axis=1)
    for text, offset, has_line in zip(texts, moved - home, is_apart, strict=True):
        text.set_position(tuple(offset))
        text.arrow_patch.set_visible(bool(has_line))


def _uncover(home: FloatArray, reach: FloatArray, half: FloatArray) -> FloatArray:
    """Start a name above its class if it would hide it."""
    hidden = (reach < half * [1.0, 1.5]).all(axis=1)
    rise = np.where(hidden, reach[:, 1] + half[:, 1] + 2.0, 0.0)
    starts: FloatArray = home + np.column_stack([np.zeros(len(home)), rise])
    return starts


def separate_boxes(
    centers: FloatArray, half: FloatArray, corners: FloatArray, max_iter: int = 500
) -> FloatArray:
    """Push boxes apart along the axis in which they overlap least, until none overlap.

    ``half`` holds half widths and heights; ``corners`` the frame that the boxes stay in.
    """
    low, high = corners[0] + half, np.maximum(corners[1] - half, corners[0] + half)
    centers = np.clip(centers, low, high)
    n_boxes = len(centers)
    for _ in range(max_iter):
        apart = centers[:, None] - centers[None]
        overlap = half[:, None] + half[None] - np.abs(apart)
        touching = (overlap > 1e-6).all(axis=-1) & ~np.eye(n_boxes, dtype=bool)
        if not touching.any():
            break
        # Ties (equal centres) go by position in the list.
        order = np.sign(np.arange(n_boxes)[:, None] - np.arange(n_boxes)[None])[..., None]
        direction = np.where(apart == 0, order, np.sign(apart))
        flat = overlap[..., 1] <= overlap[..., 0]
        push = np.where(touching[..., None], overlap * direction / 2 + 1e-3 * direction, 0.0)
        push[..., 0][flat], push[..., 1][~flat] = 0.0, 0.0
        centers = np.clip(centers + push.sum(axis=1), low, high)
    return centers


def draw_legend(ax: Axes, entries: list[tuple[str, str]], corner: str | None) -> Any:
    """A frameless legend of (name, colour), in a corner or at the right of the axes."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], linestyle="", marker="o", markersize=6, markeredgewidth=0, color=color)
        for _, color in entries
    ]
    place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0), "frameon": False}
    if corner is not None:
        place = {"loc": corner, "framealpha": 0.8, "edgecolor": "none"}
    return ax.legend(
        handles, [as_written(name) for name, _ in entries], fontsize=8.5, labelcolor=INK,
        handletextpad=0.3, borderaxespad=0.2, labelspacing=0.35, columnspacing=1.0,
        ncols=-(-len(entries) // LEGEND_ROWS), **place,
    )  # fmt: skip


def emptiest_corner(ax: Axes, codes: FloatArray, but: str | None = None) -> str:
    """The corner of the axes with the fewest codes, ``but`` for one that is taken."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    x, y = (codes[:, 0] - left) / (right - left), (codes[:, 1] - bottom) / (top - bottom)
    counts = {
        "upper right": np.sum((x > 0.65) & (y > 0.6)),
        "upper left": np.sum((x < 0.35) & (y > 0.6)),
        "lower right": np.sum((x > 0.65) & (y < 0.4)),
        "lower left": np.sum((x < 0.35) & (y < 0.4)),
    }
    counts.pop(but or "", None)
    return min(counts, key=lambda corner: counts[corner])


def legend_entries(classes: Classes) -> list[tuple[str, str]]:
    """Names and colours, the grey rest last."""
    entries = list(zip(classes.names, classes.colors, strict=True))
    return entries + ([(classes.rest_name, FAINT)] if np.any(classes.index == -1) else [])


def key_width(coloring: Coloring, labels: str | None) -> float:
    """Inches that the key takes at the right of the axes of a new figure."""
    if coloring.mappable is not None:
        return 0.6
    if coloring.classes is None or labels != "legend":
        return 0.0
    names = coloring.classes.names
    longest = max((len(name) for name in names), default=0)
    return (0.45 + 0.075 * longest) * (1 + len(names) // LEGEND_ROWS)
