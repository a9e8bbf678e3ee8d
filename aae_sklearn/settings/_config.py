"""The one thing that crosses from scikit-learn's world to torch's.

A `TrainingConfig` has no "auto" and no unresolved None in it: whoever reads it
below the validation need not ask again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class HeadsConfig:
    """A code of two parts: probabilities of classes, and what they do not say.

    Attributes
    ----------
    n_classes : int
        Width of the first part.
    added : bool
        Whether the decoder reads the sum of a head, a vector for each class, and the second part.
    """

    n_classes: int
    added: bool


@dataclass(frozen=True)
class NetworkConfig:
    """Shapes and kinds of the networks.

    Attributes
    ----------
    n_features : int
        Width of a row.
    n_inputs : int
        Width of what the decoder writes.
    rotates : bool
        Whether inputs are principal components of the rows, not the rows themselves.
    n_components : int
        Width of a code.
    encoder_layer_sizes, decoder_layer_sizes, discriminator_layer_sizes : tuple of int
        Hidden layers.
    activation : str
        "relu", "silu", "tanh" or "gelu".
    posterior : str
        "deterministic", "gaussian" or "universal": how codes are sampled given a row.
    refines : bool
        Whether the encoder reads codes that are laid out, and adds to them.
    encoder_factory, decoder_factory : callable or None
        Build the user's own modules from ``(n_features, n_components)``.
    n_labels : int
        Width of the labels that the discriminator reads beside a code.
    heads : HeadsConfig or None
        Of models that know classes.
    """

    n_features: int
    n_inputs: int
    rotates: bool
    n_components: int
    encoder_layer_sizes: tuple[int, ...]
    decoder_layer_sizes: tuple[int, ...]
    discriminator_layer_sizes: tuple[int, ...]
    activation: str
    posterior: str
    refines: bool
    encoder_factory: Callable[..., Any] | None
    decoder_factory: Callable[..., Any] | None
    n_labels: int = 0
    heads: HeadsConfig | None = None

    @property
    def n_seen(self) -> int:
        """Width of what a user sees of a code: without the classes."""
        return self.n_components - (0 if self.heads is None else self.heads.n_classes)

    @property
    def n_decoder_inputs(self) -> int:
        """Width of what the decoder's layers read."""
        adds = self.heads is not None and self.heads.added
        return self.n_seen if adds else self.n_components

    @property
    def n_encoder_inputs(self) -> int:
        """Width of what the encoder reads."""
        return self.n_components if self.refines else self.n_inputs

    @property
    def has_factories(self) -> bool:
        """Whether the user builds a network, with torch's global generator perhaps."""
        return self.encoder_factory is not None or self.decoder_factory is not None


@dataclass(frozen=True)
class InputsConfig:
    """The encoder reads what the decoder is to write: the paper's model."""

    kind: ClassVar[str] = "inputs"
    lays_out: ClassVar[bool] = False
    metric: ClassVar[None] = None


@dataclass(frozen=True)
class LayoutConfig:
    """The encoder reads a row's place in a layout by neighbours.

    Attributes
    ----------
    n_components : int
        Width of a code.
    n_neighbors : int
        Neighbours of each row in the graph.
    metric : str, callable or pair of arrays
        Distance between rows, or their neighbours' indices and distances.
    metric_params : dict or None
        Parameters of it.
    prior_weight : float
        Weight of the pull towards the prior.
    n_epochs, batch_size : int
        Passes over the rows, and rows of one update.
    scale : float
        Of the kernel, in the working space.
    label_weight : float
        How much less edges between rows of different labels count; 0 if there are no labels.
    arrangement_weight : float
        Weight of distances that are to rise with those between rows, in units of `prior_weight`.
    last_share : float
        Of the scale, that it has in the last passes.
    may_add_epochs : bool
        Whether there are more passes where that is less than 1.
    """

    kind: ClassVar[str] = "layout"
    lays_out: ClassVar[bool] = True
    n_components: int
    n_neighbors: int
    metric: Any
    metric_params: Any
    prior_weight: float
    n_epochs: int
    batch_size: int
    scale: float
    label_weight: float = 0.0
    arrangement_weight: float = 0.0
    last_share: float = 1.0
    may_add_epochs: bool = False


@dataclass(frozen=True)
class TaughtConfig:
    """The encoder reads the inputs, and learns to place rows as a layout does.

    Attributes
    ----------
    layout : LayoutConfig
    """

    kind: ClassVar[str] = "taught"
    lays_out: ClassVar[bool] = True
    metric: ClassVar[None] = None
    layout: LayoutConfig


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that training needs to know, resolved.

    Attributes
    ----------
    network : NetworkConfig
    features : InputsConfig, LayoutConfig or TaughtConfig
        What the encoder reads.
    reconstruction_loss : str
        "squared_error" or "log_loss".
    standardization : str
        "common", "per_feature" or "none".
    adversarial_weight : float
        Weight of the encoder's side of the game, in units of the reconstruction loss.
    n_rows : int
        Rows to train on, chosen at random; of a map the others are placed, as new ones are.
    n_epochs, batch_size : int
        Passes over these rows, and rows of one update.
    learning_rate, discriminator_learning_rate : float
        Peak rates of the two optimisers.
    early_stopping : bool
        Whether to hold rows out, stop when their score no longer rises and keep the best.
    validation_fraction, tol : float
        Share of the rows held out; smallest rise of the score that counts.
    n_iter_no_change : int
        Epochs without a rise after which to stop.
    label_weight : float
        How much labels count; 0 if there are none.
    """

    network: NetworkConfig
    features: InputsConfig | LayoutConfig | TaughtConfig
    reconstruction_loss: str
    standardization: str
    adversarial_weight: float
    n_rows: int
    n_epochs: int
    batch_size: int
    learning_rate: float
    discriminator_learning_rate: float
    early_stopping: bool
    validation_fraction: float
    n_iter_no_change: int
    tol: float
    label_weight: float = 0.0

    def differences(self, other: TrainingConfig) -> list[str]:
        """Parameters that a warm start cannot change and that differ, but for the width of inputs.

        They are those of the networks, what these read, and what their outputs mean.
        """
        old, new = ({**vars(c.network), **_beside_networks(c)} for c in (self, other))
        differ = [name for name in old if old[name] != new[name] and name != "n_inputs"]
        return list(dict.fromkeys(_PARAMETERS.get(name, name) for name in differ))


# Of fields, where these have other names.
_PARAMETERS = {
    "encoder_layer_sizes": "hidden_layer_sizes",
    "decoder_layer_sizes": "hidden_layer_sizes",
    "posterior": "encoder",
    "refines": "neighbor_weight or parametric",
    "kind": "neighbor_weight or parametric",
    "rotates": "reconstruction_loss or a factory",
    "standardization": "feature_scaling",
    "n_features": "the number of columns of X",
    "n_labels": "labels with a component of the prior for each",
}


def _beside_networks(config: TrainingConfig) -> dict[str, object]:
    return {
        "kind": config.features.kind,
        "reconstruction_loss": config.reconstruction_loss,
        "standardization": config.standardization,
    }
