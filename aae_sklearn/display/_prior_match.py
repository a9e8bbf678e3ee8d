"""Codes against the prior: where they lie, their quantiles and the largest gaps between both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import ks_2samp

from aae_sklearn.display._arrays import (
    FloatArray,
    as_matrix,
    check_components,
    codes_of,
    prior_draws,
)
from aae_sklearn.display._documentation import fill_docstrings
from aae_sklearn.display._joint import draw_joint, draw_single
from aae_sklearn.display._quantiles import draw_quantiles
from aae_sklearn.display._style import host_of_panels, panels, write_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@fill_docstrings
class PriorMatchDisplay:
    """Density of codes under contours of the prior, marginals, Q-Q curves and KS figures.

    It is recommended to use :meth:`from_estimator` or :meth:`from_codes`. Pass codes of rows
    that were not used in ``fit``. Contours hold 50, 90 and 99 % of the prior's samples. KS is the
    two-sample Kolmogorov-Smirnov statistic, the largest distance between two distribution
    functions: 0 is a perfect match, 1 none. It is given per component and for the radius, since
    marginals alone miss a joint failure.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, n_components)
        Codes.
    z_prior : ndarray of shape (n_draws, n_components)
        Samples from the prior.
    $components

    Attributes
    ----------
    ks_ : dict of str to float
        KS statistics, "code 1", "code 2", ... and "radius" (with two or more components).
    ax_ : matplotlib Axes
        The panel of the density.
    axes_ : dict of str to matplotlib Axes
        The panels "joint", "quantiles" and, of two or more components, "top" and "right".
    $figure_
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
        """Compare the codes of rows with samples from the estimator's prior.

        Parameters
        ----------
        estimator : object
            Anything fitted with ``transform`` and ``prior_``, which has
            ``sample(n_samples, n_components, random_state)``.
        $X_held_out
        $y_ignored
        n_draws : int, default=10000
            Number of samples from the prior.
        $components
        $random_state
        $ax_of_panels
        $to_plot

        Returns
        -------
        $drawn

        Raises
        ------
        TypeError
            If the estimator has no ``prior_``.
        """
        codes = codes_of(estimator, X)
        z_prior = prior_draws(estimator, n_draws, codes.shape[1], random_state)
        if z_prior is None:
            raise TypeError(
                f"{type(estimator).__name__} has no prior_; pass samples of one to from_codes."
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
        """Compare codes with samples from the prior.

        Parameters
        ----------
        codes : array-like of shape (n_samples, n_components)
            Codes.
        z_prior : array-like of shape (n_draws, n_components)
            Samples from the prior.
        $components
        $ax_of_panels
        $to_plot

        Returns
        -------
        $drawn

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
        if codes.shape[1] > 1:
            check_components(components, codes.shape[1])
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
        """Codes and samples from the prior, of each component, and their radii."""
        columns = zip(self.codes.T, self.z_prior.T, strict=True)
        pairs = {f"code {k + 1}": pair for k, pair in enumerate(columns)}
        if len(pairs) > 1:
            pairs["radius"] = _radius(self.codes), _radius(self.z_prior)
        return pairs

    def plot(
        self, ax: Axes | None = None, *, title: str | None = None, **kwargs: Any
    ) -> PriorMatchDisplay:
        """Draw the panels.

        Parameters
        ----------
        $ax_of_panels
        $title
        **kwargs : dict
            Passed to the image of the codes' density, e.g. ``cmap``.

        Returns
        -------
        $itself
        """
        host = host_of_panels(ax, (9.0, 4.6))
        self.figure_: Figure = host.figure  # type: ignore[assignment]
        write_title(host, title)
        self.ax_, quantiles = panels(host, (1, 2), width_ratios=(1.1, 1.0), wspace=0.02)
        self.axes_ = {"joint": self.ax_, "quantiles": quantiles}
        self.curves_: dict[str, Any] = draw_quantiles(quantiles, self._pairs(), self.ks_)
        if self.codes.shape[1] == 1:
            draw_single(self.ax_, self.codes[:, 0], self.z_prior[:, 0])
        else:
            pair = list(self.components)
            codes, z_prior = self.codes[:, pair], self.z_prior[:, pair]
            names = [f"code {k + 1}" for k in pair]
            self.axes_ |= draw_joint(self.ax_, codes, z_prior, names, **kwargs)
        return self


def _radius(codes: FloatArray) -> FloatArray:
    radius: FloatArray = np.linalg.norm(codes, axis=1)
    return radius
