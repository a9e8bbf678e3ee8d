"""The adversarial autoencoder as a clustering of rows without labels."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClusterMixin
from sklearn.utils import ClassifierTags

from aae_sklearn.estimators._base import unchanged_on_error
from aae_sklearn.estimators._cluster_teacher import ClusterTeacher
from aae_sklearn.estimators._labelled_base import LABELLED_CONSTRAINTS, LabelledAutoencoder
from aae_sklearn.estimators._packing import savable
from aae_sklearn.estimators._partitions import by_partitions, code_names
from aae_sklearn.estimators._sklearn_compat import Interval, StrOptions, _fit_context
from aae_sklearn.exceptions import EmptyClustersWarning
from aae_sklearn.game._history import EpochRecord
from aae_sklearn.model._model import Model
from aae_sklearn.rows._validation import validate_rows
from aae_sklearn.runtime._warnings import warn_user


@savable
class AdversarialAutoencoderClusterer(ClusterMixin, LabelledAutoencoder):
    """Adversarial autoencoder with clusters: groups of rows, and a style that they share.

    A code has two parts: probabilities of the clusters, and a style of `n_components` numbers,
    which is what the cluster does not say of a row. A decoder reads both, one discriminator tells
    clusters from samples of their shares, and another styles from samples of a normal distribution
    (section 5.1 of the paper [1]_). Clusters begin as groups that hold together in a graph of
    nearest neighbours.

    Parameters
    ----------
    n_clusters : int or "auto", default=4
        Number of clusters. "auto" takes as many as have the largest `modularity_`.

    n_components : int, default=10
        Number of components of a style, or of the map with `heads`.

    heads : bool, default=False
        Whether a code is a place on a map: the sum of a vector for each cluster, its head, and the
        style [1]_. Heads are kept apart. Two components give a picture.

    hidden_layer_sizes : int, array-like of int or "auto", default="auto"
        Hidden layers of the encoder; the decoder has them in reverse. "auto" is three of 192 units
        up to 5,000 rows and three of 512 beyond, and three of 256 in the decoder.

    discriminator_layer_sizes : int or array-like of int, default=(128, 128, 128)
        Hidden layers of both discriminators.

    activation : {"relu", "silu", "gelu", "tanh"}, default="silu"
        Activation of the hidden layers of encoder and decoder.

    adversarial_weight : float or "auto", default="auto"
        Weight of the match of clusters and styles with the prior, in units of the reconstruction
        loss of the mean row. "auto" is 1 over `n_components`, at most 0.5.

    n_neighbors : int, default=10
        Neighbours of each row in the graph.

    metric : str or callable, default="euclidean"
        Distance whose neighbours these are, as of `AdversarialAutoencoder`.

    metric_params : dict or None, default=None
        Keyword arguments of the metric.

    feature_scaling : {"common", "per_feature"}, default="common"
        How rows are standardised: all columns by one factor, or each column to variance 1, for
        columns in different units.

    max_iter : int or "auto", default="auto"
        Number of epochs. "auto" makes 650 updates of 1,300 rows and 1,900 of 20,000 or more,
        or 3,000 of 60,000 if layers or activation are not the default.

    batch_size : int or "auto", default="auto"
        Rows of one update; "auto" is an eighth of the rows, between 64 and 256.

    learning_rate_init : float or "auto", default="auto"
        Peak learning rate of encoder and decoder; "auto" is 0.002.

    device : str, default="auto"
        Where to compute: a torch device, or "auto" for a CUDA GPU where there is one and the
        CPU elsewhere.

    precision : {"auto", "float32", "bfloat16"}, default="auto"
        Precision of the matrix products in training; fitted models compute in float32.

    random_state : int, RandomState instance or None, default=None
        Source of all randomness of `fit`.

    verbose : int, default=0
        1 prints the device, the losses and the time left, first of lessons (updates of networks
        that decide which cluster a row is taught), then of epochs: as one bar in a terminal and
        in a notebook, and as a line every few seconds elsewhere.

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,)
        Cluster of each row, as `predict` gives it.

    n_clusters_ : int
        Number of clusters, with those that are empty.

    cluster_centers_ : ndarray of shape (n_clusters_, n_features)
        A prototype of each cluster: its middle style, decoded.

    modularity_ : ndarray of shape (n_groups,)
        At place k the modularity of k + 1 groups of the graph of neighbours, at a resolution of
        0.2: the share of its weight that lies within them, less a fifth of what would by chance
        [3]_. It falls where groups are cut with more than that fifth between their parts.

    empty_clusters_ : ndarray
        Clusters that none of the fitted rows is in.

    prior_ : Prior
        The distribution of styles.

    heads_ : ndarray of shape (n_clusters_, n_components)
        Places of the clusters on the map, with `heads`.

    embedding_ : ndarray of shape (n_samples, n_components)
        What `transform` gives for the rows that were fitted.

    n_iter_ : int
        Epochs that were run.

    history_ : dict of str to list of float
        Mean losses of each epoch: those of `AdversarialAutoencoder`, "label_loss" (cross-entropy),
        "class_discriminator_loss" and "class_encoder_loss" of the game about clusters, and
        "heads_overlap" with `heads`.

    n_features_in_ : int
        Number of columns of the rows.

    feature_names_in_ : ndarray of shape (n_features,)
        Column names, where X had them.

    See Also
    --------
    AdversarialAutoencoderClassifier : The same with labels of some rows.
    sklearn.cluster.HDBSCAN : Clusters by density, which leaves rows out.

    Notes
    -----
    Rows are drawn to their neighbours and cut into many small groups. The two groups whose union
    adds most to the modularity of the graph are joined, again and again [2]_. Rows nearly all of
    whose neighbours are in one group are then taken for labelled, and all goes on as in
    `AdversarialAutoencoderClassifier`. At most 60,000 rows are trained on, at random.

    References
    ----------
    .. [1] Makhzani, Shlens, Jaitly, Goodfellow, Frey, "Adversarial Autoencoders",
       arXiv 1511.05644, 2015.
    .. [2] Clauset, Newman, Moore, "Finding community structure in very large networks", Physical
       Review E 70, 2004.
    .. [3] Reichardt, Bornholdt, "Statistical mechanics of community detection", Physical Review E
       74, 2006.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.metrics import adjusted_rand_score
    >>> from aae_sklearn import AdversarialAutoencoderClusterer
    >>> X, y = load_digits(return_X_y=True)
    >>> clu = AdversarialAutoencoderClusterer(10, max_iter=10, random_state=0).fit(X)
    >>> bool(adjusted_rand_score(y, clu.labels_) > 0.6)
    True
    >>> clu.sample(4, label=3, random_state=0).shape
    (4, 64)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "n_clusters": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        **LABELLED_CONSTRAINTS,
    }
    _kept_names: ClassVar[tuple[str, ...]] = ("labels_", "n_clusters_", "modularity_")
    labels_: NDArray[np.int64]
    n_clusters_: int
    modularity_: NDArray[np.float64]

    def __init__(
        self,
        n_clusters: int | str = 4,
        *,
        n_components: int = 10,
        heads: bool = False,
        hidden_layer_sizes: Any = "auto",
        discriminator_layer_sizes: Any = (128, 128, 128),
        activation: str = "silu",
        adversarial_weight: float | str = "auto",
        n_neighbors: int = 10,
        metric: Any = "euclidean",
        metric_params: dict[str, Any] | None = None,
        feature_scaling: str = "common",
        max_iter: int | str = "auto",
        batch_size: int | str = "auto",
        learning_rate_init: float | str = "auto",
        device: str = "auto",
        precision: str = "auto",
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.n_components = n_components
        self.heads = heads
        self.hidden_layer_sizes = hidden_layer_sizes
        self.discriminator_layer_sizes = discriminator_layer_sizes
        self.activation = activation
        self.adversarial_weight = adversarial_weight
        self.n_neighbors = n_neighbors
        self.metric = metric
        self.metric_params = metric_params
        self.feature_scaling = feature_scaling
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.device = device
        self.precision = precision
        self.random_state = random_state
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Find clusters of rows, and train on both.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
        y : Ignored
            Present for API consistency.

        Returns
        -------
        self : AdversarialAutoencoderClusterer

        Raises
        ------
        ValueError
            If X or a parameter is not what it must be. The estimator then stays as it was.
        aae_sklearn.exceptions.NonFiniteLossError
            If a loss becomes infinite or NaN.

        Warns
        -----
        aae_sklearn.exceptions.EmptyClustersWarning
            If no row is in some of the clusters.
        ConvergenceWarning
            Other subclasses in `aae_sklearn.exceptions` name what went wrong.
        """
        with unchanged_on_error(self):
            rows = validate_rows(self, X, reset=True)
            n_clusters = None if isinstance(self.n_clusters, str) else int(self.n_clusters)
            if n_clusters is not None and n_clusters > rows.shape[0]:
                raise ValueError(
                    f"n_clusters={n_clusters} is more than the {rows.shape[0]} rows of X; lower it"
                )
            self._fit_rows(rows, y, ClusterTeacher(rows.shape[0], n_clusters), {})
            self._warn_of_empty()
        return self

    @by_partitions(code_names)
    def predict(self, X: ArrayLike) -> NDArray[np.int64]:
        """The most probable cluster of each row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        clusters : ndarray of shape (n_samples,)
        """
        found: NDArray[np.int64] = self.predict_proba(X).argmax(axis=1)
        return found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags = ClassifierTags()  # scikit-learn asks whoever has predict_proba
        return tags

    @property
    def cluster_centers_(self) -> NDArray[Any]:
        """Prototype of each cluster: its middle style, decoded; (n_clusters_, n_features)."""
        codes = np.eye(self.n_clusters_, self._model.n_components)
        return self._model.decode(codes).astype(self.embedding_.dtype, copy=False)

    @property
    def empty_clusters_(self) -> NDArray[np.int64]:
        """Clusters that none of the fitted rows is in."""
        return np.setdiff1d(np.arange(self.n_clusters_), self.labels_)

    def _warn_of_empty(self) -> None:
        n_empty = len(self.empty_clusters_)
        if n_empty:
            warn_user(
                f"{n_empty} of {self.n_clusters_} clusters are empty; empty_clusters_ names them. "
                f"Use n_clusters={self.n_clusters_ - n_empty}, or more rows",
                EmptyClustersWarning,
            )

    def _keep(
        self, model: Model, records: Sequence[EpochRecord], codes: NDArray[np.float64], rows: Any
    ) -> None:
        super()._keep(model, records, codes, rows)
        self.labels_ = self._probabilities(codes).argmax(axis=1)

    @property
    def _class_names(self) -> NDArray[Any]:
        return np.arange(self.n_clusters_)
