"""The adversarial autoencoder as a scikit-learn transformer."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.metaestimators import available_if

from aae_sklearn.estimators._base import AutoencoderBase, unchanged_on_error
from aae_sklearn.estimators._callbacks import FitTask
from aae_sklearn.estimators._checkpoints import open_checkpoint
from aae_sklearn.estimators._diagnostics import warn_about, warn_of_idle
from aae_sklearn.estimators._fitting import Job, fit_model
from aae_sklearn.estimators._keywords import naming_ours
from aae_sklearn.estimators._packing import savable
from aae_sklearn.estimators._partitions import one_partition
from aae_sklearn.estimators._progress import StepPrinter, announce, printed_epochs
from aae_sklearn.estimators._sampled_fit import max_laid_out, on_a_sample
from aae_sklearn.estimators._sklearn_compat import (
    HasMethods,
    Interval,
    StrOptions,
    _fit_context,
)
from aae_sklearn.estimators._starting import FreshStart, Start, WarmStart
from aae_sklearn.estimators._streaming import open_stream, settings_of
from aae_sklearn.neighbors._metric import resolve_metric
from aae_sklearn.priors import resolve_prior
from aae_sklearn.priors._conditional import has_component_for_each
from aae_sklearn.rows._filled import Filled
from aae_sklearn.rows._labels import read_targets
from aae_sklearn.rows._missing import Filler, fit_filler
from aae_sklearn.rows._validation import validate_rows
from aae_sklearn.runtime._device import resolve_device
from aae_sklearn.runtime._names import Names
from aae_sklearn.runtime._precision import resolve_precision
from aae_sklearn.runtime._randomness import own_random_state
from aae_sklearn.runtime._run import Targets, no_report
from aae_sklearn.settings._config import TrainingConfig
from aae_sklearn.settings._resolve import resolve_adversarial_weight, resolve_config


def _never_stops_early(estimator: AdversarialAutoencoder) -> bool:
    if estimator.early_stopping:
        raise AttributeError("partial_fit cannot stop early; use early_stopping=False")
    return True


@savable
class AdversarialAutoencoder(AutoencoderBase):
    """Adversarial autoencoder: codes of a chosen distribution, that place, decode and sample.

    An encoder maps rows to short vectors, their codes, and a decoder maps codes back to rows. The
    distribution that the codes are to have is the prior: you choose it. A discriminator learns
    to tell codes from samples of the prior [1]_. The three networks are trained together: encoder
    and decoder lower the error of the decoded rows, and the encoder learns to make codes that
    the discriminator takes for samples of the prior. This contest is called the game.

    `n_components` decides what the encoder reads, and so what the codes are good for. With up to
    three components the rows are first laid out by their nearest neighbours, as t-SNE does it.
    The encoder reads each row's place in this layout, and the codes are a map to look at. With
    more it reads the row's principal components, as in the paper [1]_, and the codes are features
    for a model that comes after.

    Once fitted, `transform` gives the codes of new rows, `inverse_transform` decodes any codes,
    `sample` makes new rows from samples of the prior, `outlier_score` says how unlike the fitted
    rows a row is, and `score` is the share of the rows' variance that their decoded codes explain.

    Parameters
    ----------
    n_components : int, default=2
        Number of components of a code: up to three for a map, more for features.

    prior : str, Prior or any distribution that can be sampled, default="normal"
        The distribution that the codes are to have: a name in `aae_sklearn.priors`, an instance
        of a class there, a frozen `scipy.stats` distribution, a
        `torch.distributions.Distribution`, a fitted estimator with `sample`, or a callable
        ``(n_samples, n_components, random_state) -> array``.

    encoder : {"deterministic", "gaussian", "universal"}, default="deterministic"
        How a code follows from a row [1]_: as a function of it; sampled from a Gaussian whose
        mean and variance are functions of it; or as a function of the row and of noise.
        `transform` gives the mean, or the code at noise 0.

    hidden_layer_sizes : int, array-like of int or "auto", default="auto"
        Hidden layers of the encoder; the decoder has them in reverse.

    discriminator_layer_sizes : int or array-like of int, default=(128, 128, 128)
        Hidden layers of the discriminator.

    activation : {"relu", "silu", "gelu", "tanh"}, default="silu"
        Activation of the hidden layers of encoder and decoder.

    reconstruction_loss : {"squared_error", "log_loss"}, default="squared_error"
        Squared error with a linear output, or cross-entropy with a sigmoid output for
        data in [0, 1].

    adversarial_weight : float or "auto", default="auto"
        How much the match with the prior counts. A larger weight brings the codes closer to the
        prior, at the cost of neighbours on a map and of reconstruction elsewhere. It is the weight
        of the encoder's side of the game, where 1 is the reconstruction loss of the mean row, and
        it scales the layout's pull towards the prior. At 0 no discriminator is trained and nothing
        pulls the codes to the prior, so that samples of the prior may decode to rows unlike any.

    neighbor_weight : float or "auto", default="auto"
        Weight of nearest neighbours in the layout, against its pull towards the prior. At 0 there
        is no layout: the encoder reads principal components, which is the paper's model [1]_.

    label_weight : float, default=0.0
        How much the labels y count, from 0 to 1: on a map neighbours of different labels pull at
        each other less, at 1 next to nothing. If the prior has one mixture component for each
        class, codes of a class are also matched with its component, and this is the share of the
        labels that is shown to the discriminator at a time. New rows are placed without labels.
        At 0 y is ignored.

    unlabeled : int, str or None, default="auto"
        What stands in y for an unknown label: a number, a string, or None for missing values
        (None, NaN, NA). "auto" is -1 among numbers, unless all of them are -1 and 1, and missing
        values among strings.

    n_neighbors : int, default=15
        Neighbours of each row that the layout keeps close; the layout of fewer than 5,000 rows
        takes up to twice as many.

    metric : str, callable or tuple, default="euclidean"
        Distance whose neighbours the layout keeps close, for fitted and for new rows: a name in
        the table of the user guide, such as "cosine", "correlation", "hamming" or "jaccard";
        a function of two rows; "precomputed" for rows that are distances to all fitted rows; or
        the neighbours themselves as ``(indices, distances)``, nearest first and the row itself
        among them, each of shape (n_samples, at least `n_neighbors` + 1), as ``kneighbors(X)`` of
        scikit-learn gives them. A function must be symmetric: each pair is compared once.

    metric_params : dict or None, default=None
        Keyword arguments of the metric, for example ``{"p": 3}`` of "minkowski".

    layout_max_iter : int or "auto", default="auto"
        Number of passes over the rows in which they are laid out. "auto" is 80, for few rows up
        to 640, and up to 2.1 times as many where only a row's very nearest neighbours resemble
        it.

    parametric : bool, default=False
        Whether the encoder of a map reads principal components and learns to imitate the layout,
        so that the model is differentiable and holds no references; places of new rows are less
        exact. An `encoder_factory` with a positive `neighbor_weight` does the same with
        your own network, which reads standardised rows.

    feature_scaling : {"common", "per_feature"}, default="common"
        How rows are standardised: all columns by one factor, which keeps the ratios of distances
        as in PCA and TSNE, or each column to variance 1, for columns in different units.
        `inverse_transform` undoes it.

    missing_values : {"error", "mask"}, default="error"
        What NaN in X means: an error, or a missing cell. A missing cell is filled in from the
        known cells of its row, by principal components about the mean of its group;
        the decoder learns from known cells, and `score` is over them.
        ``inverse_transform(transform(X))`` fills in.

    max_iter : int or "auto", default="auto"
        Number of epochs in which encoder, decoder and discriminator are trained.

    batch_size : int or "auto", default="auto"
        Rows of one update.

    learning_rate_init : float or "auto", default="auto"
        Peak learning rate of encoder and decoder.

    discriminator_learning_rate_init : float or "auto", default="auto"
        Peak learning rate of the discriminator.

    early_stopping : bool, default=False
        Whether to hold out `validation_fraction` of the rows, stop when their explained
        variance has not risen by `tol` for `n_iter_no_change` epochs, and keep the best
        weights.

    validation_fraction : float, default=0.1
        Share of the rows that early stopping holds out.

    n_iter_no_change : int, default=10
        Epochs without a rise before early stopping stops.

    tol : float, default=1e-4
        Smallest rise of the explained variance that counts.

    encoder_factory, decoder_factory : callable, default=None
        Build your own networks: called as ``factory(n_features, n_components)``, they return a
        `torch.nn.Module` that maps standardised rows to codes, or codes to standardised
        rows (logits for "log_loss").

    device : str, default="auto"
        Where to compute: a torch device, or "auto" for a CUDA GPU where there is one and the
        CPU elsewhere.

    precision : {"auto", "float32", "bfloat16"}, default="auto"
        Precision of the matrix products in training; `transform` always computes in float32.

    warm_start : bool, default=False
        Whether `fit` goes on from the weights of the last fit. The rows of a map are laid out
        again, from where the last fit placed them, and move. `partial_fit` keeps the layout.

    random_state : int, RandomState instance or None, default=None
        Source of all randomness of `fit`. The global generators of numpy, torch and Python
        are neither used nor changed.

    checkpoint : str, path-like or None, default=None
        A file from which `fit` goes on if it was killed, and ends with the same model, to the bit
        on a CPU. It is written at most every minute and when the process gets SIGTERM, and removed
        at the end of the fit. One file is for one fit.

    verbose : int, default=0
        1 prints the device, the losses and the time left of a `fit`: as one bar in a terminal and
        in a notebook, and as a line every few seconds elsewhere.

    Attributes
    ----------
    embedding_ : ndarray of shape (n_samples, n_components)
        Codes of the rows that were fitted, as `transform` gives them; of a dask collection
        those of all of its rows, lazy.

    prior_ : Prior
        The distribution that `prior` stands for.

    n_iter_ : int
        Epochs that were run.

    history_ : dict of str to list of float
        Mean losses of each epoch: "reconstruction_loss" (1 is the level of the mean row),
        "discriminator_loss" (2 ln 2 at equilibrium), "encoder_loss" (ln 2 at equilibrium), those
        of further terms by their names, and "validation_score" (explained variance) with
        `early_stopping`. The list of a loss that was not taken is empty.

    n_features_in_ : int
        Number of columns of the rows.

    feature_names_in_ : ndarray of shape (n_features,)
        Column names, where X had them.

    See Also
    --------
    sklearn.manifold.TSNE : A map without a way to place new rows.
    sklearn.decomposition.PCA : The best linear reconstruction.

    Notes
    -----
    What "auto" stands for is in one table of the user guide, with the numbers behind it.

    *Layout.* Codes of the rows minimise a contrastive loss over the graph of nearest neighbours
    [2]_ and their sliced Wasserstein distance to the prior [3]_, starting from principal
    components. Of more than 60,000 rows a random 60,000 are laid out. Any row, fitted or new, is
    then placed where the pull of its nearest references balances the layout's repulsion;
    references are averages of a row and its two nearest neighbours, in at most 50 principal
    components (of text under cosine 75), and with their codes they are what a fitted model
    remembers of the rows.

    *Training.* The encoder of a map is z = h + g(h), with a row's place h and a network g that
    starts at 0, so that the game bends the layout into the prior's shape; near places are bent
    alike. Layout and encoder also make distances between codes rise with those between rows. The
    encoder of the paper's model is a perceptron on principal components, which reads them with
    noise. That of a parametric map learns from rows between neighbours, with noise, to place them
    as the layout does. From a batch of codes of more than two components a discriminator does not
    learn all the ways in which they can differ from the prior: there a kernel distance [4]_ joins
    it. Beyond 32 components the decoder also reads codes whose end, from a random place on, is a
    sample's [5]_, so that the first components say most. Optimisers are Adam on extrapolated
    gradients [6]_, and the weights that are kept are averages over the steps.

    *Labels.* On a map edges of the graph count (1 - label_weight)^4 between classes, and more
    where a label is unknown; supervised UMAP weighs edges likewise. With a mixture component for
    each class the discriminator also reads the class, or that it is unknown ([1]_, section 2.3).
    Fitted rows are placed as new ones, by the rows that they resemble.

    References
    ----------
    .. [1] Makhzani, Shlens, Jaitly, Goodfellow, Frey, "Adversarial Autoencoders",
       arXiv 1511.05644, 2015.
    .. [2] Damrich, Böhm, Hamprecht, Kobak, "From t-SNE to UMAP with contrastive learning",
       arXiv 2206.01816, 2022.
    .. [3] Kolouri, Pope, Martin, Rohde, "Sliced-Wasserstein Autoencoder: An Embarrassingly
       Simple Generative Model", arXiv 1804.01947, 2018.
    .. [4] Tolstikhin, Bousquet, Gelly, Schölkopf, "Wasserstein auto-encoders",
       arXiv 1711.01558, 2018, section 4.
    .. [5] Rippel, Gelbart, Adams, "Learning ordered representations with nested dropout",
       ICML 2014, section 3.
    .. [6] Xie, Zhou, Li, Lin, Yan, "Adan: Adaptive Nesterov Momentum Algorithm for Faster
       Optimizing Deep Models", arXiv 2208.06677, 2022.

    Examples
    --------
    A map. Fits are short here; leave `max_iter` out otherwise.

    >>> from sklearn.datasets import load_digits
    >>> from aae_sklearn import AdversarialAutoencoder
    >>> X, _ = load_digits(return_X_y=True)
    >>> aae = AdversarialAutoencoder(max_iter=5, random_state=0)
    >>> aae.fit_transform(X).shape
    (1797, 2)
    >>> aae.transform(X[:3]).shape
    (3, 2)
    >>> aae.inverse_transform([[0.0, 0.0]]).shape
    (1, 64)
    >>> aae.sample(4, random_state=0).shape
    (4, 64)
    >>> aae.outlier_score(X).shape
    (1797,)

    Features, which a classifier could read.

    >>> features = AdversarialAutoencoder(n_components=16, max_iter=5, random_state=0)
    >>> features.fit_transform(X).shape
    (1797, 16)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "prior": [str, HasMethods(["sample"]), HasMethods(["rvs"]), callable],
        "encoder": [StrOptions({"deterministic", "gaussian", "universal"})],
        "hidden_layer_sizes": [
            "array-like",
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
        "discriminator_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [StrOptions({"relu", "silu", "gelu", "tanh"})],
        "reconstruction_loss": [StrOptions({"squared_error", "log_loss"})],
        "adversarial_weight": [Interval(Real, 0, None, closed="left"), StrOptions({"auto"})],
        "neighbor_weight": [Interval(Real, 0, None, closed="left"), StrOptions({"auto"})],
        "label_weight": [Interval(Real, 0, 1, closed="both")],
        "unlabeled": [Integral, str, None],
        "n_neighbors": [Interval(Integral, 2, None, closed="left")],
        "metric": [str, callable, tuple],
        "metric_params": [dict, None],
        "layout_max_iter": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "parametric": ["boolean"],
        "feature_scaling": [StrOptions({"common", "per_feature"})],
        "missing_values": [StrOptions({"error", "mask"})],
        "max_iter": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "batch_size": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "discriminator_learning_rate_init": [
            Interval(Real, 0, None, closed="neither"),
            StrOptions({"auto"}),
        ],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "encoder_factory": [callable, None],
        "decoder_factory": [callable, None],
        "device": [str],
        "precision": [StrOptions({"auto", "float32", "bfloat16"})],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "checkpoint": [str, os.PathLike, None],
        "verbose": ["verbose"],
    }

    @naming_ours
    def __init__(
        self,
        n_components: int = 2,
        *,
        prior: Any = "normal",
        encoder: str = "deterministic",
        hidden_layer_sizes: Any = "auto",
        discriminator_layer_sizes: Any = (128, 128, 128),
        activation: str = "silu",
        reconstruction_loss: str = "squared_error",
        adversarial_weight: float | str = "auto",
        neighbor_weight: float | str = "auto",
        label_weight: float = 0.0,
        unlabeled: int | str | None = "auto",
        n_neighbors: int = 15,
        metric: Any = "euclidean",
        metric_params: dict[str, Any] | None = None,
        layout_max_iter: int | str = "auto",
        parametric: bool = False,
        feature_scaling: str = "common",
        missing_values: str = "error",
        max_iter: int | str = "auto",
        batch_size: int | str = "auto",
        learning_rate_init: float | str = "auto",
        discriminator_learning_rate_init: float | str = "auto",
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        tol: float = 1e-4,
        encoder_factory: Callable[[int, int], torch.nn.Module] | None = None,
        decoder_factory: Callable[[int, int], torch.nn.Module] | None = None,
        device: str = "auto",
        precision: str = "auto",
        warm_start: bool = False,
        random_state: int | np.random.RandomState | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        verbose: int = 0,
    ) -> None:
        self.n_components = n_components
        self.prior = prior
        self.encoder = encoder
        self.hidden_layer_sizes = hidden_layer_sizes
        self.discriminator_layer_sizes = discriminator_layer_sizes
        self.activation = activation
        self.reconstruction_loss = reconstruction_loss
        self.adversarial_weight = adversarial_weight
        self.neighbor_weight = neighbor_weight
        self.label_weight = label_weight
        self.unlabeled = unlabeled
        self.n_neighbors = n_neighbors
        self.metric = metric
        self.metric_params = metric_params
        self.layout_max_iter = layout_max_iter
        self.parametric = parametric
        self.feature_scaling = feature_scaling
        self.missing_values = missing_values
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.discriminator_learning_rate_init = discriminator_learning_rate_init
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.encoder_factory = encoder_factory
        self.decoder_factory = decoder_factory
        self.device = device
        self.precision = precision
        self.warm_start = warm_start
        self.random_state = random_state
        self.checkpoint = checkpoint
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=True)
    @on_a_sample
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Train encoder, decoder and discriminator together on the rows of X.

        With up to three components the rows are first laid out by their nearest neighbours, and
        the encoder reads each row's place there; with more it reads principal components. In
        each update encoder and decoder lower the error of the decoded rows, the discriminator
        learns to tell codes from samples of the prior, and the encoder learns to make codes that
        it takes for such samples.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows, all columns in one unit or with ``feature_scaling="per_feature"``; sparse
            matrices and memory maps are read batch by batch. Of a ``dask.array`` or a
            ``dask.dataframe`` all rows are looked at once, and a sample of them is fitted:
            `aae_sklearn.distributed.sample_rows`.
        y : array-like of shape (n_samples,), default=None
            Labels, which count with a positive `label_weight` and are ignored without: an
            embedding does not become supervised because a Pipeline passes labels. Strings,
            booleans and whole numbers are classes. If any number has a fraction, labels are
            compared by their ranks. Some may be unknown, see `unlabeled`. For a dask collection
            they may be one as well.

        Returns
        -------
        self : AdversarialAutoencoder

        Raises
        ------
        ValueError
            If X, y or a parameter is not what it must be, or not that of the checkpoint; the
            message says what to do. The estimator then stays as it was.
        aae_sklearn.exceptions.NonFiniteLossError
            If a loss becomes infinite or NaN.

        Warns
        -----
        ConvergenceWarning
            Subclasses in `aae_sklearn.exceptions` name what went wrong: a reconstruction no
            better than the mean row, a discriminator that always wins, collapsed codes.
        aae_sklearn.exceptions.ParameterWithoutEffectWarning
            If a parameter was set that has no effect under the others.
        aae_sklearn.exceptions.ExtremeValuesWarning
            If cells lie far outside of all others; the message names a row and a column.
        aae_sklearn.exceptions.FillValuesWarning
            If cells of a column hold a number such as -999, far from the others.
        aae_sklearn.exceptions.CheckpointWarning
            If no checkpoint can be written, or the one that is there is of another version.
        aae_sklearn.exceptions.DominatedVarianceWarning
            If few rows or columns have nearly all of the variance, and decide alone.
        aae_sklearn.exceptions.TrainingInterruptedWarning
            If Ctrl-C ended the training early; the model is usable.
        """
        with unchanged_on_error(self):
            rows = validate_rows(self, X, reset=True, masks=self.missing_values == "mask")
            job = self._job(rows, self._targets(rows, y), self._start)
            checkpoint = open_checkpoint(self, rows, job)
            task = FitTask(self, job.config.n_epochs, rows, y)
            filler = self._filler(rows, job.config)
            rows = rows if filler is None else Filled(rows, filler.fill)
            if self.verbose:
                announce(rows, job.device, job.precision)
            with printed_epochs(self.verbose, job.config.n_epochs) as printers:
                result = fit_model(
                    rows,
                    replace(job, checkpoint=checkpoint),
                    lambda model: [task.epochs(replace(model, filler=filler), {}), *printers],
                    report=StepPrinter("layout") if self.verbose else no_report,
                )
            self._keep(
                replace(result.model, filler=filler), result.training.records, result.codes, rows
            )
            task.finish()
            warn_about(result.model, result.training, rows)  # warnings may be errors
        checkpoint.remove()
        self._stream = None  # of the model before
        return self

    def fit_transform(self, X: ArrayLike, y: object = None) -> NDArray[Any]:
        """Train on the rows of X and return their codes.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,), default=None
            Labels, as for `fit`.

        Returns
        -------
        codes : ndarray of shape (n_samples, n_components)
            The same as ``fit(X, y).transform(X)``, to the bit; with neighbours as `metric` the
            same as ``transform`` of these neighbours.
        """
        codes: NDArray[Any] = self.fit(X, y).embedding_
        return codes

    @available_if(_never_stops_early)
    @_fit_context(prefer_skip_nested_validation=True)
    @one_partition
    def partial_fit(self, X: ArrayLike, y: object = None) -> Self:
        """Train on a chunk of rows, one of many that come one after another.

        The first chunk settles the unit of the inputs and their principal components. For a map
        it is the chunk that is laid out: rows of later chunks are placed among its rows, and the
        three networks go on being trained. Each call makes one pass over its rows, whatever
        `max_iter` is. Since nobody knows how many chunks follow, learning rates rise over the
        first 150 updates and then fall with the root of their number. Shuffle the rows before
        you cut them into chunks, and come back to them for more passes. A pickled model, and one
        whose prior, weights or rates were set since, goes on with averaged weights and fresh
        optimisers.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of a chunk. It may be one partition of a dask collection:
            ``for chunk in X.partitions: aae.partial_fit(chunk)``.
        y : array-like of shape (n_samples,), default=None
            Labels of the first chunk, as for `fit`: they count in its layout. Those of later
            chunks are ignored, as their rows are placed like new ones.

        Returns
        -------
        self : AdversarialAutoencoder
            `embedding_` holds the codes of this chunk. Each call adds one to `n_iter_` and to
            the lists of `history_`, also after a `fit`.

        Raises
        ------
        ValueError
            If X or a parameter is not what it must be, as for `fit`.
        AttributeError
            With `early_stopping`: there is no telling when a stream has ended.
        aae_sklearn.exceptions.NonFiniteLossError
            If a loss becomes infinite or NaN; the estimator then stays as it was.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.datasets import load_digits
        >>> from aae_sklearn import AdversarialAutoencoder
        >>> X, _ = load_digits(return_X_y=True)
        >>> aae = AdversarialAutoencoder(neighbor_weight=0, random_state=0)
        >>> for chunk in np.array_split(X, 3):
        ...     aae = aae.partial_fit(chunk)
        >>> aae.n_iter_
        3
        """
        first = not hasattr(self, "_model")
        with unchanged_on_error(self):
            if not first:  # scikit-learn looks at parameters before the first chunk alone
                self._validate_params()
            masks = self.missing_values == "mask" and (first or self._model.filler is not None)
            rows = validate_rows(self, X, reset=first, masks=masks)
            targets = self._targets(rows, y) if first else None
            job = self._job(rows, targets, self._continuation)
            filler = self._filler(rows, job.config) if first else self._model.filler
            rows = rows if filler is None else Filled(rows, filler.fill)
            stream, settings = self._stream, settings_of(self._settings(deep=True))
            if stream is None or not stream.goes_on(settings):
                stream = open_stream(rows, job, settings)
            self._stream = None  # what an error may leave half done
            result = stream.train_on(rows, job.config)
            records = [result.record] if first else [*self._records, result.record]
            self._keep(replace(result.model, filler=filler), records, result.codes, rows)
            self._stream = stream
        return self

    def _job(
        self, rows: Any, targets: Targets | None, starting: Callable[[TrainingConfig], Start]
    ) -> Job:
        """What the parameters ask for, resolved for these rows."""
        prior = resolve_prior(self.prior)
        prior.check(self.n_components)
        metric = resolve_metric(self.metric, self.metric_params)
        params = self._settings()
        has_places = has_component_for_each(prior, targets)
        plays = has_places and resolve_adversarial_weight(params) > 0
        n_labels = targets.n_classes + 1 if targets is not None and plays else 0
        config = resolve_config(
            params, rows, max_laid_out(metric), n_labels, prior.is_normal_inside
        )
        warn_of_idle(params, AdversarialAutoencoder().get_params(deep=False), config)
        device = resolve_device(self.device)
        precision = resolve_precision(self.precision, device)
        random_state, names = own_random_state(self.random_state), Names.of(self)
        start = starting(config)
        return Job(config, prior, start, device, precision, random_state, names, targets=targets)

    def _targets(self, rows: Any, y: Any) -> Targets | None:
        """Labels, if they count; else y is not looked at."""
        if self.label_weight == 0:
            return None
        return read_targets(y, rows.shape[0], self.unlabeled)

    def _filler(self, rows: Any, config: TrainingConfig) -> Filler | None:
        """What fills missing cells in, if there may be some."""
        if self.missing_values == "error":
            return None
        if isinstance(self.metric, tuple) or self.metric == "precomputed":
            raise ValueError(
                "missing_values='mask' fills in cells of rows, but the metric is given as "
                "distances; use missing_values='error'"
            )
        return fit_filler(rows, config.standardization, Names.of(self))

    def _start(self, config: TrainingConfig) -> Start:
        """Where `fit` starts: afresh, or from the last fit; refused if that has other networks."""
        if not (self.warm_start and hasattr(self, "_model")):
            return FreshStart()
        self._refuse_changes(config, "warm_start=True", "use warm_start=False")
        return WarmStart(self._model)

    def _continuation(self, config: TrainingConfig) -> Start:
        """Where `partial_fit` starts: afresh, or from the model that is there."""
        first = not hasattr(self, "_model")
        if (config if first else self._model.config).network.n_labels:
            raise ValueError(
                "partial_fit plays no game by classes, of which a chunk may lack some; use "
                "fit, label_weight=0, or a prior without a mixture component for each class"
            )
        if first:
            return FreshStart()
        self._refuse_changes(config, "partial_fit", "use fit")
        return WarmStart(self._model, keeps_layout=True)

    def _refuse_changes(self, config: TrainingConfig, what: str, cure: str) -> None:
        """Raise if other networks would be needed than the model has."""
        changed = ", ".join(self._model.config.differences(config))
        if changed:
            raise ValueError(
                f"{what} goes on from the last fit, but changed since: {changed}; {cure}"
            )
