"""Losses and the held-out score over epochs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from aae_sklearn.display._arrays import FloatArray, last_step
from aae_sklearn.display._documentation import fill_docstrings
from aae_sklearn.display._style import (
    ACCENT,
    CONTRAST,
    FAINT,
    INK,
    MUTED,
    host_of_panels,
    panels,
    settle_layout,
    spread_out,
    tidy,
    write_title,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = {
    "reconstruction loss": ("reconstruction_loss",),
    "losses of the game": ("discriminator_loss", "encoder_loss"),
    "held-out score": ("validation_score",),
}
# The discriminator answers 1/2 to everything: -log(1/2) for samples and again for codes.
EQUILIBRIUM = {"discriminator_loss": 2 * math.log(2), "encoder_loss": math.log(2)}
COLORS = {"discriminator_loss": CONTRAST, "encoder_loss": ACCENT}
NAMES = {"discriminator_loss": "discriminator\n2 ln 2", "encoder_loss": "encoder\nln 2"}


@fill_docstrings
class HistoryDisplay:
    """Losses and held-out score over epochs, one panel each.

    It is recommended to use :meth:`from_estimator` or :meth:`from_history`. Dashed lines are the
    equilibrium: a discriminator that cannot tell codes from samples of the prior has a loss of
    2 ln 2 (both terms), and the encoder one of ln 2. A dot marks the best held-out score.

    Parameters
    ----------
    history : mapping of str to sequence of float
        One value per epoch under ``reconstruction_loss``, ``discriminator_loss``,
        ``encoder_loss`` and ``validation_score``; any may be missing.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The topmost panel.
    axes_ : dict of str to matplotlib Axes
        The panels by what they show.
    $figure_
    lines_ : dict of str to matplotlib Line2D
        The curves by the keys of ``history``.

    References
    ----------
    Goodfellow et al. (2014), "Generative adversarial nets", Theorem 1: at the optimum of the
    game the discriminator is 1/2 and its value -2 ln 2.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from aae_sklearn.display import HistoryDisplay
    >>> history = {"reconstruction_loss": [1.0, 0.7, 0.6], "encoder_loss": [0.9, 0.7, 0.7]}
    >>> sorted(HistoryDisplay.from_history(history).lines_)
    ['encoder_loss', 'reconstruction_loss']
    """

    def __init__(self, history: Mapping[str, Sequence[float]]) -> None:
        self.history = history

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any = None, y: Any = None, *, ax: Axes | None = None, **kwargs: Any
    ) -> HistoryDisplay:
        """Draw ``history_`` of a fitted estimator.

        Parameters
        ----------
        estimator : object
            Anything with ``history_``, a mapping of lists; a Pipeline is asked for its last step.
        X, y : None
            Ignored.
        $ax_of_panels
        $to_plot

        Returns
        -------
        $drawn

        Raises
        ------
        TypeError
            If the estimator has no ``history_``.
        """
        history = getattr(last_step(estimator), "history_", None)
        if history is None:
            raise TypeError(
                f"{type(estimator).__name__} has no history_; pass a fitted estimator."
            )
        return cls.from_history(history, ax=ax, **kwargs)

    @classmethod
    def from_history(
        cls, history: Mapping[str, Sequence[float]], *, ax: Axes | None = None, **kwargs: Any
    ) -> HistoryDisplay:
        """Draw a mapping of curves.

        Parameters
        ----------
        history : mapping of str to sequence of float
            Values per epoch.
        $ax_of_panels
        $to_plot

        Returns
        -------
        $drawn

        Raises
        ------
        ValueError
            If the mapping has none of the known keys.
        """
        return cls(history).plot(ax, **kwargs)

    def plot(
        self, ax: Axes | None = None, *, title: str | None = None, **kwargs: Any
    ) -> HistoryDisplay:
        """Draw the panels.

        Parameters
        ----------
        $ax_of_panels
        $title
        **kwargs : dict
            Passed to ``ax.plot``, e.g. ``linewidth``.

        Returns
        -------
        $itself

        Raises
        ------
        ValueError
            If the history has none of the known keys.
        """
        curves = self._known_curves()
        titles = [name for name, keys in PANELS.items() if curves.keys() & set(keys)]
        host = host_of_panels(ax, (6.0, 0.7 + 1.5 * len(titles)))
        self.axes_ = dict(zip(titles, panels(host, (len(titles), 1)), strict=True))
        self.ax_ = self.axes_[titles[0]]
        write_title(self.ax_, title)
        self.figure_: Figure = host.figure  # type: ignore[assignment]
        self.lines_: dict[str, Any] = {}
        for name, panel in self.axes_.items():
            for key in PANELS[name]:
                if key in curves:
                    self._draw_curve(panel, key, curves[key], kwargs)
        self._finish(max(len(values) for values in curves.values()))
        return self

    def _known_curves(self) -> dict[str, FloatArray]:
        known = [key for keys in PANELS.values() for key in keys]
        curves = {k: np.asarray(self.history[k], float) for k in known if k in self.history}
        curves = {key: values for key, values in curves.items() if np.isfinite(values).any()}
        if not curves:
            raise ValueError(
                f"history has none of the keys {known} with finite values, got "
                f"{sorted(self.history)}."
            )
        return curves

    def _draw_curve(
        self, panel: Axes, key: str, values: FloatArray, style: dict[str, Any]
    ) -> None:
        epochs = np.arange(1, len(values) + 1)
        color = COLORS.get(key, INK)
        marker = "o" if len(values) == 1 else None
        plain: dict[str, Any] = {"color": color, "linewidth": 1.4, "marker": marker}
        (self.lines_[key],) = panel.plot(epochs, values, **plain | style)
        if key in EQUILIBRIUM:
            panel.axhline(
                EQUILIBRIUM[key], color=color, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1
            )
        if key == "validation_score":
            best = int(np.nanargmax(values))
            panel.plot(epochs[best], values[best], "o", color=CONTRAST, markersize=4.5)
            _write_at_right(
                panel, values[best], f"best {values[best]:.3g}\nepoch {best + 1}", CONTRAST
            )

    def _finish(self, n_epochs: int) -> None:
        from matplotlib.ticker import MaxNLocator

        for name, panel in self.axes_.items():
            tidy(panel)
            panel.grid(axis="y", color=FAINT, linewidth=0.4, alpha=0.6)
            panel.set_ylabel(name, color=INK)
            panel.set_xlim(1 if n_epochs > 1 else 0, max(n_epochs, 2))
            panel.locator_params(axis="y", nbins=4)
            panel.tick_params(labelbottom=False)
        drawn = [key for key in EQUILIBRIUM if key in self.lines_]
        if drawn:
            _name_levels(self.axes_["losses of the game"], drawn)
        panel.tick_params(labelbottom=True)
        panel.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
        panel.set_xlabel("epoch", color=MUTED)


def _name_levels(panel: Axes, keys: list[str]) -> None:
    """Names of the equilibrium's levels, apart also where large losses bring these together."""
    settle_layout(panel)
    pixels = panel.transData.transform([(1.0, EQUILIBRIUM[key]) for key in keys])[:, 1]
    points = pixels * 72.0 / panel.figure.dpi
    for key, moved in zip(keys, spread_out(points, gap=22.0) - points, strict=True):
        _write_at_right(panel, EQUILIBRIUM[key], NAMES[key], COLORS[key], float(moved))


def _write_at_right(panel: Axes, height: float, text: str, color: str, rise: float = 0.0) -> None:
    panel.annotate(
        text, (1, height), xycoords=panel.get_yaxis_transform(), xytext=(5, rise),
        textcoords="offset points", va="center", fontsize=8, color=color,
    )  # fmt: skip
