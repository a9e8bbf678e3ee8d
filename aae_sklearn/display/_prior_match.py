"""Codes against the prior: where they lie, their quantiles and the largest gaps between laws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.stats import ks_2samp

from aae_sklearn.display._arrays import FloatArray, as_matrix, codes_of, prior_draws, robust_limits
from aae_sklearn.display._map import equalize
from aae_sklearn.display._palette import PALETTE
from aae_sklearn.display._style import (
    ACCENT,
    FAINT,
    INK,
    MUTED,
    canvas,
    panels,
    settle_layout,
    tidy,
    write_title,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

N_BINS = 60
SHARES = (0.5, 0.9, 0.99)  # of the prior's draws inside the contours
N_QUANTILES = 199
MAX_CURVES = 6
HEAVY = 20.0  # spreads between the outer quantiles; 5.2 for a normal law


class PriorMatchDisplay:
    """Density of codes under contours of the prior, marginals, Q-Q curves and KS figures.

    It is recommended to use :meth:`from_estimator` or :meth:`from_codes`. Pass codes of rows
    that were not used in ``fit``. Contours hold 50, 90 and 99 % of the prior's draws. KS is the
    two-sample Kolmogorov-Smirnov statistic, the largest distance between two distribution
    functions: 0 is a perfect match, 1 none. It is given per component and for the radius, since
    marginals alone miss a joint failure.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, n_components)
        Codes.
    z_prior : ndarray of shape (n_draws, n_components)
        Draws from the prior.
    components : tuple of int, default=(0, 1)
        The two components of the density.

    Attributes
    ----------
    ks_ : dict of str to float
        KS statistics, "code 1", "code 2", ... and "radius" (with two or more components).
    ax_ : matplotlib Axes
        The panel of the density.
    axes_ : dict of str to matplotlib Axes
        The panels "joint", "quantiles" and, of two or more components, "top" and "right".
    figure_ : matplotlib Figure
        The figure they stand in.
    curves_ : dict of str to matplotlib Line2D
        The Q-Q curves drawn.

    References
    ----------
    Makhzani et al. (2015), "Adversarial autoencoders", arXiv:1511.05644, Figure 2.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> import numpy as np
    >>> from aae_sklearn.display import PriorMatchDisplay
    >>> rng = np.random.default_rng(0)
    >>> codes, z_prior = rng.normal(size=(2000, 2)), rng.normal(size=(2000, 2))
    >>> display = PriorMatchDisplay.from_codes(codes, z_prior)
    >>> max(display.ks_.values()) < 0.06
    True
    """

    def __init__(
        self, codes: FloatArray, z_prior: FloatArray, *, components: tuple[int, int] = (0, 1)
    ) -> None:
        self.codes = codes
        self.z_prior = z_prior
        self.components = components

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any = None,
        *,
        n_draws: int = 10_000,
        components: tuple[int, int] = (0, 1),
        random_state: int | None = 0,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> PriorMatchDisplay:
        """Compare the codes of rows with draws from the estimator's prior.

        Parameters
        ----------
        estimator : object
            Anything fitted with ``transform`` and ``prior_``, which has
            ``sample(n_samples, n_components, random_state)``.
        X : array-like of shape (n_samples, n_features)
            Rows that were not used in ``fit``.
        y : None
            Ignored.
        n_draws : int, default=10000
            Draws from the prior.
        components : tuple of int, default=(0, 1)
            The two components of the density.
        random_state : int or None, default=0
            Seed of the draws.
        ax : matplotlib Axes, default=None
            Axes whose place the panels take; None makes a figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : PriorMatchDisplay
            The picture, drawn.

        Raises
        ------
        TypeError
            If the estimator has no ``prior_``.
        """
        codes = codes_of(estimator, X)
        z_prior = prior_draws(estimator, n_draws, codes.shape[1], random_state)
        if z_prior is None:
            raise TypeError(
                f"{type(estimator).__name__} has no prior_; pass draws to from_codes instead."
            )
        return cls.from_codes(codes, z_prior, components=components, ax=ax, **kwargs)

    @classmethod
    def from_codes(
        cls,
        codes: Any,
        z_prior: Any,
        *,
        components: tuple[int, int] = (0, 1),
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> PriorMatchDisplay:
        """Compare codes with draws.

        Parameters
        ----------
        codes : array-like of shape (n_samples, n_components)
            Codes.
        z_prior : array-like of shape (n_draws, n_components)
            Draws from the prior.
        components : tuple of int, default=(0, 1)
            The two components of the density.
        ax : matplotlib Axes, default=None
            Axes whose place the panels take; None makes a figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : PriorMatchDisplay
            The picture, drawn.

        Raises
        ------
        ValueError
            If widths differ, or ``components`` are not among them.
        """
        codes, z_prior = as_matrix(codes, "codes"), as_matrix(z_prior, "z_prior")
        if codes.shape[1] != z_prior.shape[1]:
            raise ValueError(
                f"z_prior must have n_components={codes.shape[1]} columns like codes, got "
                f"{z_prior.shape[1]}."
            )
        if codes.shape[1] > 1 and max(components) >= codes.shape[1]:
            raise ValueError(f"components={components} must be below {codes.shape[1]}.")
        return cls(codes, z_prior, components=components).plot(ax, **kwargs)

    @property
    def ks_(self) -> dict[str, float]:
        """KS statistics per component and for the radius."""
        # The asymptotic p value is not used; computing the exact one would take minutes.
        return {
            name: float(ks_2samp(*pair, method="asymp").statistic)
            for name, pair in self._pairs().items()
        }

    def _pairs(self) -> dict[str, tuple[FloatArray, FloatArray]]:
        """Codes and draws of each component, and their radii."""
        pairs = {
            f"code {k + 1}": (self.codes[:, k], self.z_prior[:, k])
            for k in range(self.codes.shape[1])
        }
        return (
            pairs
            if len(pairs) == 1
            else pairs | {"radius": (_radius(self.codes), _radius(self.z_prior))}
        )

    def plot(
        self, ax: Axes | None = None, *, title: str | None = None, **kwargs: Any
    ) -> PriorMatchDisplay:
        """Draw the panels.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes whose place the panels take; None makes a figure.
        title : str, default=None
            Title above all panels.
        **kwargs : dict
            Passed to the image of the codes' density, e.g. ``cmap``.

        Returns
        -------
        display : PriorMatchDisplay
            The object itself.
        """
        host = canvas(ax, (9.0, 4.6))
        self.figure_: Figure = host.figure  # type: ignore[assignment]
        write_title(host, title)
        self.ax_, quantiles = panels(host, (1, 2), width_ratios=(1.1, 1.0), wspace=0.02)
        self.axes_ = {"joint": self.ax_, "quantiles": quantiles}
        self._draw_quantiles(quantiles)
        if self.codes.shape[1] == 1:
            self._draw_marginal(self.ax_, 0, "vertical")
            self.ax_.set(xlabel="code 1", yticks=[])
            tidy(self.ax_)
            self.ax_.spines["left"].set_visible(False)
            _write_key(self.ax_)
        else:
            self._draw_joint(self.ax_, kwargs)
        return self

    def _draw_joint(self, ax: Axes, style: dict[str, Any]) -> None:
        codes, z_prior = (
            self.codes[:, list(self.components)],
            self.z_prior[:, list(self.components)],
        )
        both = np.vstack([codes, z_prior])
        limits = [robust_limits(both[:, k]) for k in range(2)]
        ax.set(xlim=limits[0], ylim=limits[1])
        tidy(ax)
        ax.locator_params(nbins=5)
        ax.set(xlabel=f"code {self.components[0] + 1}", ylabel=f"code {self.components[1] + 1}")
        self.axes_["top"] = ax.inset_axes((0, 1.02, 1, 0.18), sharex=ax)
        self.axes_["right"] = ax.inset_axes((1.02, 0, 0.18, 1), sharey=ax)
        for panel in (self.axes_["top"], self.axes_["right"]):
            panel.axis("off")
        settle_layout(ax)
        equalize(ax)
        extent = (*ax.get_xlim(), *ax.get_ylim())
        style = {"cmap": "Blues", "origin": "lower", "aspect": "equal"} | style
        of_codes = density(codes, extent)
        # Cells without codes stay the colour of the paper.
        of_codes = np.ma.masked_less(of_codes, 0.01 * of_codes.max())
        ax.imshow(of_codes, extent=extent, **style)
        _draw_contours(ax, density(z_prior, extent), extent)
        self._draw_marginal(self.axes_["top"], self.components[0], "vertical")
        self._draw_marginal(self.axes_["right"], self.components[1], "horizontal")
        _write_key(ax, has_contours=True)

    def _draw_marginal(self, ax: Axes, component: int, orientation: Any) -> None:
        z_prior, codes = self.z_prior[:, component], self.codes[:, component]
        limits = robust_limits(np.concatenate([z_prior, codes]))
        bins: Any = {"bins": np.linspace(*limits, N_BINS + 1), "orientation": orientation}
        # Weights, not density=True: rows beyond the limits count as rows.
        ax.hist(
            z_prior,
            weights=np.full(len(z_prior), 1 / len(z_prior)),
            color=FAINT,
            histtype="stepfilled",
            alpha=0.7,
            **bins,
        )
        ax.hist(
            codes, weights=np.full(len(codes), 1 / len(codes)), color=ACCENT, histtype="step",
            linewidth=1.4, **bins,
        )  # fmt: skip

    def _draw_quantiles(self, ax: Axes) -> None:
        ks = self.ks_
        worst = sorted(sorted(ks, key=lambda name: -ks[name])[:MAX_CURVES], key=list(ks).index)
        self.curves_: dict[str, Any] = {}
        for color, name in zip(PALETTE, worst, strict=False):
            of_prior, of_codes = self._quantiles(name)
            label = f"{name}, KS {ks[name]:.3f}"
            (self.curves_[name],) = ax.plot(of_prior, of_codes, color=color, lw=1.6, label=label)
        ends = np.concatenate([line.get_xdata() for line in self.curves_.values()])
        low, high = float(ends.min()), float(ends.max())
        ax.plot([low, high], [low, high], color=MUTED, linewidth=0.8, zorder=1)
        if high - low > HEAVY:
            ax.set(xscale="asinh", yscale="asinh")
            powers = 10.0 ** np.arange(np.ceil(np.log10(max(-low, high))))
            ticks = np.concatenate([-powers[::-1], [0.0], powers])
            for axis in (ax.xaxis, ax.yaxis):
                axis.set_ticks(ticks, [f"{tick:g}" for tick in ticks], minor=False)
                axis.set_ticks([], minor=True)
        ax.set_box_aspect(1)
        ax.set(xlabel="quantiles of the prior (in its spreads)", ylabel="quantiles of the codes")
        tidy(ax)
        heading = f"the {len(worst)} largest of {len(ks)}" if len(worst) < len(ks) else None
        ax.legend(
            loc="upper left", frameon=False, fontsize=8.5, labelcolor=INK, title=heading,
            title_fontsize=8.5, handlelength=1.2, alignment="left",
        )  # fmt: skip

    def _quantiles(self, name: str) -> tuple[FloatArray, FloatArray]:
        """Quantiles of both laws, less the prior's median, over its central 68 %, halved."""
        codes, z_prior = self._pairs()[name]
        levels = np.linspace(0.005, 0.995, N_QUANTILES)
        low, middle, high = np.quantile(z_prior, [0.16, 0.5, 0.84])
        spread = (high - low) / 2 or 1.0
        of_prior, of_codes = np.quantile(z_prior, levels), np.quantile(codes, levels)
        return (of_prior - middle) / spread, (of_codes - middle) / spread


def density(codes: FloatArray, extent: tuple[float, ...]) -> FloatArray:
    """Smoothed share of the codes per cell of a grid, first row at the bottom."""
    box = [(extent[2], extent[3]), (extent[0], extent[1])]
    counts, _, _ = np.histogram2d(codes[:, 1], codes[:, 0], bins=N_BINS, range=box)
    smooth: FloatArray = gaussian_filter(counts / len(codes), sigma=1.6)
    return smooth


def levels_of_shares(shares_per_cell: FloatArray) -> FloatArray:
    """Densities above which ``SHARES`` of the draws lie, increasing."""
    cells = np.sort(shares_per_cell.ravel())[::-1]
    inside = np.cumsum(cells)
    last = [min(int(np.searchsorted(inside, share)), len(cells) - 1) for share in SHARES[::-1]]
    return np.unique(cells[last])


def _draw_contours(ax: Axes, shares_per_cell: FloatArray, extent: tuple[float, ...]) -> None:
    cell = (extent[1] - extent[0]) / N_BINS, (extent[3] - extent[2]) / N_BINS
    x = extent[0] + cell[0] * (np.arange(N_BINS) + 0.5)
    y = extent[2] + cell[1] * (np.arange(N_BINS) + 0.5)
    levels = levels_of_shares(shares_per_cell)
    ax.contour(x, y, shares_per_cell, levels, colors=INK, linewidths=0.8, alpha=0.7)


def _radius(codes: FloatArray) -> FloatArray:
    radius: FloatArray = np.linalg.norm(codes, axis=1)
    return radius


def _write_key(ax: Axes, has_contours: bool = False) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [Patch(color=ACCENT, label="codes"), Patch(color=FAINT, label="prior")]
    if has_contours:
        shares = ", ".join(f"{share:.0%}"[:-1] for share in SHARES)
        handles.append(Line2D([], [], color=INK, linewidth=0.8, label=f"{shares} % of the prior"))
    ax.legend(
        handles=handles, loc="upper left", framealpha=0.7, edgecolor="none", fontsize=8.5,
        labelcolor=INK, handlelength=0.8, handleheight=0.8, borderaxespad=0.2,
    )  # fmt: skip
