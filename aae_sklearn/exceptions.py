"""Errors and warnings that a user may want to catch."""

from sklearn.exceptions import ConvergenceWarning

__all__ = [
    "CodesCollapsedWarning",
    "DiscriminatorWinsWarning",
    "ModelFileError",
    "NonFiniteLossError",
    "NotExportableError",
    "ReconstructionCollapsedWarning",
    "SmallerChunksWarning",
    "TrainingInterruptedWarning",
]


class NonFiniteLossError(ArithmeticError):
    """A loss became infinite or NaN, so training cannot go on."""


class ModelFileError(ValueError):
    """A file holds no model that this version can read: cut, changed, foreign or newer."""


class NotExportableError(NotImplementedError):
    """A part of a model is no formula that an ONNX graph or a torch module could hold."""


class ReconstructionCollapsedWarning(ConvergenceWarning):
    """The decoder reconstructs rows no better than the mean row does."""


class DiscriminatorWinsWarning(ConvergenceWarning):
    """The discriminator tells nearly all codes from draws of the prior."""


class CodesCollapsedWarning(ConvergenceWarning):
    """The codes lie on a point, or on fewer directions than they have columns."""


class TrainingInterruptedWarning(UserWarning):
    """Ctrl-C stopped the training early; the model is usable as it stands."""


class SmallerChunksWarning(UserWarning):
    """The device ran out of memory, and the work went on in smaller chunks."""
