"""The adversarial autoencoder as a classifier of rows of which few have labels."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils import check_consistent_length

from aae_sklearn.estimators._base import unchanged_on_error
from aae_sklearn.estimators._labelled_base import LABELLED_CONSTRAINTS, LabelledAutoencoder
from aae_sklearn.estimators._labels import known_classes, read_labels
from aae_sklearn.estimators._packing import savable
from aae_sklearn.estimators._partitions import by_partitions, code_names
from aae_sklearn.estimators._sklearn_compat import _fit_context
from aae_sklearn.estimators._teachers import LabelTeacher
from aae_sklearn.rows._validation import validate_rows


@savable
class AdversarialAutoencoderClassifier(ClassifierMixin, LabelledAutoencoder):
    """Adversarial autoencoder with classes: learns from few labels and many rows without.

    A code has two parts: probabilities of the classes, and a style of `n_components` numbers,
    which is what the class does not say of a row. A decoder reads both. One discriminator tells
    classes from samples of their shares, another styles from samples of a normal distribution,
    and labelled rows have a cross-entropy (section 5 of the paper [1]_). Rows without a label are
    taught the labels that reach them over a graph of nearest neighbours.

    Parameters
    ----------
    n_components : int, default=10
        Number of components of a style, or of the map with `heads`.

    heads : bool, default=False
        Whether a code is a place on a map: the sum of a vector for each class, its head, and the
        style [1]_. Heads are kept apart. Two components give a picture.

    unlabeled : object, default="auto"
        What stands in y for a row without a label. "auto" is -1 among numbers, unless all of them
        are -1 and 1, which are two classes then; among others it is None or NaN. None stands for
        missing values of any type: None, NaN and NA. Texts that look like none, such as
        ``""``, ``"-1"`` and ``"unknown"``, are refused unless they stand here.

    spread_labels : bool, default=True
        Whether rows without a label are taught one: labels spread over the graph of neighbours,
        and a logistic regression has a share where it helps. If not, these rows are only decoded
        and matched with the prior, as in the paper.

    hidden_layer_sizes : int, array-like of int or "auto", default="auto"
        Hidden layers of the encoder; the decoder has them in reverse. "auto" is three of 192 units
        up to 5,000 rows and three of 512 beyond, and three of 256 in the decoder.

    discriminator_layer_sizes : int or array-like of int, default=(128, 128, 128)
        Hidden layers of both discriminators.

    activation : {"relu", "silu", "gelu", "tanh"}, default="silu"
        Activation of the hidden layers of encoder and decoder.

    adversarial_weight : float or "auto", default="auto"
        Weight of the match of classes and styles with the prior, in units of the reconstruction
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
        Number of epochs. "auto" makes 650 updates of 1,300 rows and 3,000 of 60,000, but
        1,900 at most where an encoder with the default layers begins as a network that has
        learnt from rows without a label.

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
        that decide what rows without a label are taught), then of epochs: as one bar in a
        terminal and in a notebook, and as a line every few seconds elsewhere.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, ascending.

    prior_ : Prior
        The distribution of styles.

    heads_ : ndarray of shape (n_classes, n_components)
        Places of the classes on the map, with `heads`.

    embedding_ : ndarray of shape (n_samples, n_components)
        What `transform` gives for the rows that were fitted.

    n_iter_ : int
        Epochs that were run.

    history_ : dict of str to list of float
        Mean losses of each epoch: those of `AdversarialAutoencoder`, "label_loss" (cross-entropy),
        "class_discriminator_loss" and "class_encoder_loss" of the game about classes, and
        "heads_overlap" with `heads`.

    n_features_in_ : int
        Number of columns of the rows.

    feature_names_in_ : ndarray of shape (n_features,)
        Column names, where X had them.

    See Also
    --------
    AdversarialAutoencoderClusterer : The same without labels.
    sklearn.semi_supervised.LabelSpreading : Labels spread over a graph, without a network.

    Notes
    -----
    At most 60,000 rows are trained on: those with a label first, others at random.

    *What is taught.* Labels spread over the graph [2]_, and a network learns what they spread to,
    from rows between neighbours. Its last hidden layer and the rows together make a better graph,
    over which labels spread again; this is done three times, after [3]_. The encoder learns the
    mean of what the networks said and of what was spread while it plays its games. Where all rows
    have labels, these alone are learnt.

    *How sure it is.* With few labels probabilities are too near to 0 and 1. The guide calibrates
    them on labels that were kept back.

    References
    ----------
    .. [1] Makhzani, Shlens, Jaitly, Goodfellow, Frey, "Adversarial Autoencoders",
       arXiv 1511.05644, 2015, sections 4 to 6.
    .. [2] Zhou, Bousquet, Lal, Weston, Schölkopf, "Learning with local and global consistency",
       NeurIPS 2003.
    .. [3] Iscen, Tolias, Avrithis, Chum, "Label propagation for deep semi-supervised learning",
       CVPR 2019.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from aae_sklearn import AdversarialAutoencoderClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> few = y.astype(int)
    >>> few[100:] = -1
    >>> clf = AdversarialAutoencoderClassifier(max_iter=10, random_state=0).fit(X, few)
    >>> bool(clf.score(X[100:], y[100:]) > 0.8)
    True
    >>> clf.transform(X[:3]).shape
    (3, 10)
    >>> clf.sample(4, label=3, random_state=0).shape
    (4, 64)
    >>> clf.inverse_transform(clf.transform(X[:3]), label=7).shape
    (3, 64)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **LABELLED_CONSTRAINTS,
        "unlabeled": "no_validation",
        "spread_labels": ["boolean"],
    }
    _kept_names: ClassVar[tuple[str, ...]] = ("classes_",)
    classes_: NDArray[Any]

    def __init__(
        self,
        n_components: int = 10,
        *,
        heads: bool = False,
        unlabeled: Any = "auto",
        spread_labels: bool = True,
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
        self.n_components = n_components
        self.heads = heads
        self.unlabeled = unlabeled
        self.spread_labels = spread_labels
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
    def fit(self, X: ArrayLike, y: Any) -> Self:
        """Train on rows, of which some have labels.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,)
            Classes: numbers, texts or booleans; what `unlabeled` says where there is none.

        Returns
        -------
        self : AdversarialAutoencoderClassifier

        Raises
        ------
        ValueError
            If X, y or a parameter is not what it must be, or y has fewer than two classes. The
            estimator then stays as it was.
        aae_sklearn.exceptions.NonFiniteLossError
            If a loss becomes infinite or NaN.

        Warns
        -----
        ConvergenceWarning
            Subclasses in `aae_sklearn.exceptions` name what went wrong.
        """
        with unchanged_on_error(self):
            rows = validate_rows(self, X, reset=True)
            labels = read_labels(y, rows.shape[0], self.unlabeled)
            teacher = LabelTeacher(labels, self.spread_labels)
            self._fit_rows(rows, y, teacher, {"classes_": labels.names})
        return self

    @by_partitions(code_names)
    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The most probable class of each row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        classes : ndarray of shape (n_samples,)
        """
        most_probable = self.predict_proba(X).argmax(axis=1)
        found: NDArray[Any] = self.classes_[most_probable]
        return found

    def score(self, X: ArrayLike, y: Any = None, sample_weight: Any = None) -> float:
        """Accuracy on the rows that have a label; the others are left out.

        So `cross_val_score` and `GridSearchCV` compare what is known, with unlabelled rows in
        all parts. Other scorers, also ``scoring="accuracy"``, count them as wrong.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,)
            Their classes, and what `unlabeled` says where there is none.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        accuracy : float
        """
        from sklearn.metrics import accuracy_score  # most fits do without

        if y is None:
            raise ValueError("score needs y, the classes of the rows; it was None")
        predicted = self.predict(X)
        known, is_labelled = known_classes(y, len(predicted), self.unlabeled, self.classes_)
        check_consistent_length(X, sample_weight)
        weights = None if sample_weight is None else np.asarray(sample_weight)[is_labelled]
        return float(accuracy_score(known, predicted[is_labelled], sample_weight=weights))

    @property
    def _class_names(self) -> NDArray[Any]:
        return self.classes_
