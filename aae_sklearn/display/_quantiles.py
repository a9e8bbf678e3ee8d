"""Quantiles of codes against those of the prior (Q-Q curves)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from aae_sklearn.display._arrays import FloatArray
from aae_sklearn.display._palette import PALETTE
from aae_sklearn.display._style import INK, MUTED, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

N_QUANTILES = 199
MAX_CURVES = 6
HEAVY = 20.0  # spreads between the outer quantiles; 5.2 for a normal distribution


def draw_quantiles(
    ax: Axes, pairs: dict[str, tuple[FloatArray, FloatArray]], ks: dict[str, float]
) -> dict[str, Any]:
    """Curves of the components with the largest KS figures, on the diagonal if both agree.

    ``pairs`` holds codes and samples from the prior by the name of the component.
    """
    largest = sorted(ks, key=lambda name: -ks[name])[:MAX_CURVES]
    curves: dict[str, Any] = {}
    for color, name in zip(PALETTE, sorted(largest, key=list(ks).index), strict=False):
        of_prior, of_codes = _quantiles(*pairs[name])
        label = f"{name}, KS {ks[name]:.3f}"
        (curves[name],) = ax.plot(of_prior, of_codes, color=color, lw=1.6, label=label)
    ends = np.concatenate([line.get_xdata() for line in curves.values()])
    low, high = float(ends.min()), float(ends.max())
    ax.plot([low, high], [low, high], color=MUTED, linewidth=0.8, zorder=1)
    if high - low > HEAVY:
        _bend_scales(ax, max(-low, high))
    ax.set_box_aspect(1)
    ax.set(xlabel="quantiles of the prior (in its spreads)", ylabel="quantiles of the codes")
    tidy(ax)
    ax.legend(
        loc="upper left", frameon=False, fontsize=8.5, labelcolor=INK, title_fontsize=8.5,
        title=f"the {len(curves)} largest of {len(ks)}" if len(curves) < len(ks) else None,
        handlelength=1.2, alignment="left",
    )  # fmt: skip
    return curves


def _bend_scales(ax: Axes, largest: float) -> None:
    """Scales that hold heavy tails, with a tick at each power of ten."""
    ax.set(xscale="asinh", yscale="asinh")
    powers = 10.0 ** np.arange(np.ceil(np.log10(largest)))
    ticks = np.concatenate([-powers[::-1], [0.0], powers])
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_ticks(ticks, [f"{tick:g}" for tick in ticks], minor=False)
        axis.set_ticks([], minor=True)


def _quantiles(codes: FloatArray, z_prior: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Quantiles of both, less the prior's median, over half of its central 68 %."""
    levels = np.linspace(0.005, 0.995, N_QUANTILES)
    low, middle, high = np.quantile(z_prior, [0.16, 0.5, 0.84])
    spread = (high - low) / 2 or 1.0
    of_prior, of_codes = np.quantile(z_prior, levels), np.quantile(codes, levels)
    return (of_prior - middle) / spread, (of_codes - middle) / spread
