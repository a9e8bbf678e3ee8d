"""What the classifier and the clusterer share: codes of a class and a style."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted

from aae_sklearn.estimators._adversarial_autoencoder import AdversarialAutoencoder
from aae_sklearn.estimators._base import AutoencoderBase, RandomState
from aae_sklearn.estimators._callbacks import FitTask
from aae_sklearn.estimators._diagnostics import warn_about
from aae_sklearn.estimators._labelled_fitting import LabelledJob, fit_labelled
from aae_sklearn.estimators._labels import class_index
from aae_sklearn.estimators._partitions import by_partitions, class_names, code_names
from aae_sklearn.estimators._progress import StepPrinter, announce, printed_epochs
from aae_sklearn.estimators._sampled_fit import max_laid_out
from aae_sklearn.estimators._teachers import ClassTeacher
from aae_sklearn.game._history import EpochRecord
from aae_sklearn.model._model import Model
from aae_sklearn.neighbors._metric import resolve_metric
from aae_sklearn.networks._heads import AddedHeads
from aae_sklearn.rows._validation import check_n_samples, result_dtype, validate_codes
from aae_sklearn.runtime._device import resolve_device
from aae_sklearn.runtime._names import Names
from aae_sklearn.runtime._precision import resolve_precision
from aae_sklearn.runtime._randomness import own_random_state
from aae_sklearn.runtime._run import no_report
from aae_sklearn.runtime._tensors import to_array
from aae_sklearn.settings._labelled import resolve_labelled

_SHARED = (
    "n_components",
    "hidden_layer_sizes",
    "discriminator_layer_sizes",
    "activation",
    "adversarial_weight",
    "n_neighbors",
    "metric_params",
    "feature_scaling",
    "max_iter",
    "batch_size",
    "learning_rate_init",
    "device",
    "precision",
    "random_state",
    "verbose",
)
LABELLED_CONSTRAINTS: dict[str, list[Any]] = {
    **{name: AdversarialAutoencoder._parameter_constraints[name] for name in _SHARED},
    "heads": ["boolean"],
    "metric": [str, callable],
}


class LabelledAutoencoder(AutoencoderBase):
    """A fitted model whose codes are probabilities of classes and a style."""

    n_components: int
    heads: bool

    @by_partitions(code_names)
    def transform(self, X: ArrayLike) -> NDArray[Any]:
        """Styles of rows: what their class does not say; with heads their places on the map.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        codes : ndarray of shape (n_samples, n_components)
            With ``heads=True`` the sum of the heads of the classes, weighted by their
            probabilities, and the style. float32 where X is (or fits into it exactly), else
            float64.
        """
        return self._seen_codes(X)

    def inverse_transform(self, X: ArrayLike, label: Any = None) -> NDArray[Any]:
        """Decode styles in a class, or with heads places on the map.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_components)
            Codes, as `transform` gives them.
        label : object or array-like of shape (n_samples,), default=None
            The class of all rows, or one for each. Needed without heads; with heads the place
            says it, and none may be given.

        Returns
        -------
        rows : ndarray of shape (n_samples, n_features)
            In the unit of the rows that were fitted.

        Raises
        ------
        ValueError
            If `label` is missing, unknown or out of place.
        """
        check_is_fitted(self)
        codes = validate_codes(X, self._n_features_out)
        if self._has_heads and label is not None:
            raise ValueError(
                "with heads=True a code says its class by its place; leave label out, or use "
                "sample(label=...)"
            )
        if not self._has_heads and label is None:
            raise ValueError(
                "a style says no class; pass label=..., one for all rows or one for each, such as "
                "predict(X)"
            )
        classes = np.zeros((len(codes), self._n_classes))
        if label is not None:
            index = class_index(self._class_names, label, len(codes))
            classes[np.arange(len(codes)), index] = 1
        rows = self._model.decode(np.hstack([classes, codes]))
        return rows.astype(codes.dtype, copy=False)

    def sample(
        self, n_samples: int = 1, random_state: RandomState = None, *, label: Any = None
    ) -> NDArray[Any]:
        """Sample new rows: classes and styles from the prior, decoded.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows.
        random_state : int, RandomState instance or None, default=None
            Source of randomness; None gives other rows at each call. One seed gives the same
            styles in all classes.
        label : object or array-like of shape (n_samples,), default=None
            The class of all rows, or one for each; None samples classes by their shares.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            New rows in the unit of the rows that were fitted.
        """
        check_is_fitted(self)
        check_n_samples(n_samples)
        width = self._model.n_components
        codes = self._model.prior.sample(n_samples, width, own_random_state(random_state))
        if label is not None:
            index = class_index(self._class_names, label, n_samples)
            codes[:, : self._n_classes] = np.eye(self._n_classes)[index]
        return self._model.decode(codes).astype(self.embedding_.dtype, copy=False)

    def sample_codes(self, X: ArrayLike, random_state: RandomState = None) -> NDArray[Any]:
        """The same as `transform`: the encoder is deterministic.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
        random_state : int, RandomState instance or None, default=None
            Not used.

        Returns
        -------
        codes : ndarray of shape (n_samples, n_components)
        """
        return self._seen_codes(X)

    def _seen_codes(self, X: ArrayLike) -> NDArray[Any]:
        check_is_fitted(self)
        rows = self._rows(X)
        return self._seen(self._model.encode(rows)).astype(result_dtype(rows.dtype), copy=False)

    @by_partitions(code_names)
    def score_samples(self, X: ArrayLike) -> NDArray[np.float64]:
        """Log density of the prior at the rows' styles: high means typical of its class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        log_density : ndarray of shape (n_samples,)
        """
        check_is_fitted(self)
        return self.prior_.log_prob(self._model.encode(self._rows(X))[:, self._n_classes :])

    @by_partitions(class_names)
    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Probabilities of the classes.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Each row sums to 1.
        """
        check_is_fitted(self)
        return self._probabilities(self._model.encode(self._rows(X)))

    @property
    def _about_codes(self) -> str:
        """What a picture of codes adds to the name."""
        return "" if self._has_heads else ": styles, which say no class"

    @property
    def _n_classes(self) -> int:
        return len(self._class_names)

    @property
    def _class_names(self) -> NDArray[Any]:
        """What each of the first components of a code stands for."""
        raise NotImplementedError

    def _probabilities(self, codes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of full codes; float32's are brought to a sum of 1 in float64."""
        probabilities = codes[:, : self._n_classes]
        whole: NDArray[np.float64] = probabilities / probabilities.sum(axis=1, keepdims=True)
        return whole

    def _seen(self, codes: NDArray[np.float64]) -> NDArray[np.float64]:
        """What a user sees of full codes: the style, or the place on the map."""
        style = codes[:, self._n_classes :]
        if not self._has_heads:
            return style
        place: NDArray[np.float64] = self._probabilities(codes) @ self.heads_ + style
        return place

    @property
    def _has_heads(self) -> bool:
        """Whether the model that was fitted has heads, whatever the parameter is now."""
        return isinstance(self._model.networks.decoder, AddedHeads)

    @property
    def heads_(self) -> NDArray[np.float64]:
        """Places of the classes on the map."""
        check_is_fitted(self)
        decoder = self._model.networks.decoder
        if not isinstance(decoder, AddedHeads):
            raise AttributeError("there are no heads; use heads=True")
        return to_array(decoder.heads).astype(np.float64)

    def _fit_rows(self, rows: Any, y: Any, teacher: ClassTeacher, known: dict[str, Any]) -> None:
        """Train, and keep what came of it and what is known already."""
        job = self._job(rows, teacher)
        if self.verbose:
            announce(rows, job.device, job.precision)
        n_epochs = job.config.training.n_epochs
        task = FitTask(self, n_epochs, rows, y)
        report = StepPrinter("lesson") if self.verbose else no_report
        with printed_epochs(self.verbose, n_epochs) as printers:
            result, lesson = fit_labelled(
                rows,
                job,
                lambda model, found: [task.epochs(model, {**known, **found}), *printers],
                report,
            )
        self.__dict__.update({**known, **lesson.found})
        self._keep(result.model, result.training.records, result.codes, rows)
        task.finish()
        warn_about(result.model, result.training, rows)

    def _job(self, rows: Any, teacher: ClassTeacher) -> LabelledJob:
        """What the parameters ask for, resolved for these rows."""
        standing = AdversarialAutoencoder().get_params(deep=False)
        params = self._settings()
        most = max_laid_out(resolve_metric(params["metric"], params["metric_params"]))
        config = resolve_labelled(
            params, standing, rows, teacher.n_classes, most, has_learners=teacher.has_learners
        )
        device = resolve_device(self.device)
        precision = resolve_precision(self.precision, device)
        random_state, names = own_random_state(self.random_state), Names.of(self)
        return LabelledJob(config, teacher, device, precision, random_state, names)

    def _keep(
        self, model: Model, records: Sequence[EpochRecord], codes: NDArray[np.float64], rows: Any
    ) -> None:
        """Replace the fitted state, all of it at once; classes are known already."""
        self._model = model  # whose heads are looked at
        super()._keep(model, records, self._seen(codes), rows)
