"""Displays of a fitted autoencoder, in scikit-learn's convention.

A display holds arrays. It draws on the axes that it is given, or on a new figure, and keeps them
as ``ax_`` and ``figure_``. ``from_estimator`` takes any fitted object with the methods it needs,
so :class:`EmbeddingDisplay` also shows the map of a TSNE, a UMAP or a PCA; the other
classmethods take plain arrays. matplotlib is imported when something is drawn, not before.
:class:`Explorer` is no drawing of matplotlib but a page for a browser.
"""

from aae_sklearn.display._decoded_grid import DecodedGridDisplay
from aae_sklearn.display._embedding import EmbeddingDisplay
from aae_sklearn.display._explorer import Explorer
from aae_sklearn.display._history import HistoryDisplay
from aae_sklearn.display._interpolation import InterpolationDisplay
from aae_sklearn.display._prior_match import PriorMatchDisplay
from aae_sklearn.display._reconstruction import ReconstructionDisplay
from aae_sklearn.display._samples import SamplesDisplay
from aae_sklearn.display._style_grid import StyleGridDisplay

__all__ = [
    "DecodedGridDisplay",
    "EmbeddingDisplay",
    "Explorer",
    "HistoryDisplay",
    "InterpolationDisplay",
    "PriorMatchDisplay",
    "ReconstructionDisplay",
    "SamplesDisplay",
    "StyleGridDisplay",
]
