"""Codes over the prior: density and contours of two components, histograms of single ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from aae_sklearn.display._arrays import FloatArray, robust_limits
from aae_sklearn.display._density import N_BINS, density, draw_contours
from aae_sklearn.display._map import equalize
from aae_sklearn.display._style import ACCENT, FAINT, INK, draw_image, settle_layout, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_joint(
    ax: Axes, codes: FloatArray, z_prior: FloatArray, names: list[str], **style: Any
) -> dict[str, Axes]:
    """Density of two components under contours of the prior; returns the panels of each."""
    x_limits, y_limits = (robust_limits(column) for column in np.vstack([codes, z_prior]).T)
    ax.set(xlim=x_limits, ylim=y_limits, xlabel=names[0], ylabel=names[1])
    tidy(ax)
    ax.locator_params(nbins=5)
    top = ax.inset_axes((0, 1.02, 1, 0.18), sharex=ax)
    right = ax.inset_axes((1.02, 0, 0.18, 1), sharey=ax)
    settle_layout(ax)
    equalize(ax)
    extent = (*ax.get_xlim(), *ax.get_ylim())
    style = {"cmap": "Blues", "origin": "lower", "aspect": "equal"} | style
    of_codes = density(codes, extent)
    # Cells without codes stay the colour of the paper.
    of_codes = np.ma.masked_less(of_codes, 0.01 * of_codes.max())
    draw_image(ax, of_codes, extent=extent, **style)
    shares = draw_contours(ax, density(z_prior, extent), extent)
    _draw_marginal(top, codes[:, 0], z_prior[:, 0], "vertical")
    _draw_marginal(right, codes[:, 1], z_prior[:, 1], "horizontal")
    for panel in (top, right):
        panel.axis("off")
    _write_key(ax, shares)
    return {"top": top, "right": right}


def draw_single(ax: Axes, codes: FloatArray, z_prior: FloatArray) -> None:
    """Histograms of codes of one component and of the prior."""
    _draw_marginal(ax, codes, z_prior, "vertical")
    ax.set(xlabel="code 1", yticks=[])
    tidy(ax)
    ax.spines["left"].set_visible(False)
    _write_key(ax, [])


def _draw_marginal(ax: Axes, codes: FloatArray, z_prior: FloatArray, orientation: Any) -> None:
    limits = robust_limits(np.concatenate([z_prior, codes]))
    bins: Any = {"bins": np.linspace(*limits, N_BINS + 1), "orientation": orientation}
    filled: Any = {"color": FAINT, "histtype": "stepfilled", "alpha": 0.7}
    outline: Any = {"color": ACCENT, "histtype": "step", "linewidth": 1.4}
    for values, style in ((z_prior, filled), (codes, outline)):
        # Weights, not density=True: rows beyond the limits count as rows.
        ax.hist(values, weights=np.full(len(values), 1 / len(values)), **bins, **style)


def _write_key(ax: Axes, shares: list[float]) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [Patch(color=ACCENT, label="codes"), Patch(color=FAINT, label="prior")]
    if shares:
        label = ", ".join(f"{share:.0%}"[:-1] for share in shares) + " % of the prior"
        handles.append(Line2D([], [], color=INK, linewidth=0.8, label=label))
    ax.legend(
        handles=handles, loc="upper left", framealpha=0.7, edgecolor="none", fontsize=8.5,
        labelcolor=INK, handlelength=0.8, handleheight=0.8, borderaxespad=0.2,
    )  # fmt: skip
