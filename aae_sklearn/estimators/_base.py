"""What all estimators share: the life of a fitted model, and what it is applied to."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from aae_sklearn.estimators._packing import (
    device_here,
    fitted_state,
    pickled_model,
    unpickled_model,
)
from aae_sklearn.estimators._partitions import (
    by_partitions,
    code_names,
    codes_dtype,
    held_codes,
    row_names,
    summed_over_partitions,
)
from aae_sklearn.estimators._saving import save_estimator
from aae_sklearn.estimators._sklearn_compat import CallbackSupportMixin
from aae_sklearn.estimators._streaming import Stream
from aae_sklearn.game._history import EpochRecord
from aae_sklearn.model._model import Model, explained_share
from aae_sklearn.model._module import make_module
from aae_sklearn.model._onnx import onnx_bytes
from aae_sklearn.model._program import Limits, Program, decoder_program
from aae_sklearn.model._typical import outlier_score
from aae_sklearn.neighbors._known import as_pair
from aae_sklearn.priors import Prior
from aae_sklearn.rows._filled import Filled, known_cells
from aae_sklearn.rows._rows import KnownPairs
from aae_sklearn.rows._validation import (
    check_n_samples,
    result_dtype,
    validate_codes,
    validate_rows,
)
from aae_sklearn.runtime._files import replace_file
from aae_sklearn.runtime._randomness import make_generator, own_random_state

RandomState = int | np.random.RandomState | None


class AutoencoderBase(
    CallbackSupportMixin, ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator
):
    """A fitted model, and the methods that apply it."""

    _kept_names: ClassVar[tuple[str, ...]] = ()  # attributes of a fit that a model does not hold
    _model: Model
    _records: list[EpochRecord]
    _stream: Stream | None = None
    missing_values: str
    embedding_: NDArray[Any]
    prior_: Prior

    @by_partitions(code_names)
    def transform(self, X: ArrayLike) -> NDArray[Any]:
        """Codes of rows.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows; with ``metric="precomputed"`` their distances to all fitted rows. Of a model
            that was fitted on neighbours also ``(indices, distances)`` of the rows' neighbours
            among the fitted ones. A dask collection gives a lazy one with the same partitions,
            as it does in `inverse_transform`, `score_samples`, `reconstruction_error` and
            `outlier_score`.

        Returns
        -------
        codes : ndarray of shape (n_samples, n_components)
            The encoder's mean code of each row; it does not depend, to the bit, on the other
            rows of X. float32 where X is (or fits into it exactly), else float64. Of a
            ``dask.array`` a ``dask.array``, of a ``dask.dataframe`` one with named columns.
        """
        if "_model" not in vars(self):  # the question alone takes as long as a product for a row
            check_is_fitted(self)
        rows = self._rows_to_place(X)
        return self._model.encode(rows).astype(result_dtype(rows.dtype), copy=False)

    @by_partitions(row_names)
    def inverse_transform(self, X: ArrayLike) -> NDArray[Any]:
        """Decode codes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_components)
            Codes, as `transform` gives them, or any point of the map.

        Returns
        -------
        rows : ndarray of shape (n_samples, n_features)
            In the unit of the rows that were fitted.
        """
        check_is_fitted(self)
        codes = validate_codes(X, self._n_features_out)
        return self._model.decode(codes).astype(codes.dtype, copy=False)

    def sample(self, n_samples: int = 1, random_state: RandomState = None) -> NDArray[Any]:
        """Sample new rows: codes from the prior, decoded.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows.
        random_state : int, RandomState instance or None, default=None
            Source of randomness; None gives other rows at each call.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            New rows in the unit of the rows that were fitted.
        """
        check_is_fitted(self)
        check_n_samples(n_samples)
        random_state = own_random_state(random_state)
        codes = self.prior_.sample(n_samples, self._n_features_out, random_state)
        return self._model.decode(codes).astype(codes_dtype(self.embedding_), copy=False)

    def sample_codes(self, X: ArrayLike, random_state: RandomState = None) -> NDArray[Any]:
        """Sample a code for each row from q(z|x), whose mean `transform` gives.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
        random_state : int, RandomState instance or None, default=None
            Source of randomness; None gives other codes at each call.

        Returns
        -------
        codes : ndarray of shape (n_samples, n_components)
            The same as ``transform(X)`` for a deterministic encoder.
        """
        check_is_fitted(self)
        rows = self._rows_to_place(X)
        seed = own_random_state(random_state).randint(2**31)
        codes = self._model.draw(rows, make_generator(seed, self._model.device))
        return codes.astype(result_dtype(rows.dtype), copy=False)

    def score(self, X: ArrayLike, y: object = None) -> float:
        """Share of the rows' variance that their reconstruction explains.

        It is 1 minus the sum of squared errors over the sum of squared distances to the mean
        fitted row: comparable across priors and losses, 1 at best, 0 for predicting the
        mean.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows, held out from the fit for an honest figure.
        y : Ignored
            Present for API consistency.

        Returns
        -------
        score : float
        """
        check_is_fitted(self)
        return explained_share(self._squared_sums(X))

    @by_partitions(code_names)
    def score_samples(self, X: ArrayLike) -> NDArray[np.float64]:
        """Log density of the prior at the rows' codes: high means a typical code.

        This does not tell outliers: a strange row may have a code in the middle of the map. Use
        `outlier_score`.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        log_density : ndarray of shape (n_samples,)

        Raises
        ------
        NotImplementedError
            If the prior has no density in closed form.
        """
        check_is_fitted(self)
        return self.prior_.log_prob(self._model.encode(self._rows(X)))

    @by_partitions(row_names)
    def reconstruction_error(
        self, X: ArrayLike, *, per_feature: bool = False, relative: bool = False
    ) -> NDArray[np.float64]:
        """How far each row is from its reconstruction: large for rows unlike those fitted.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
        per_feature : bool, default=False
            Whether to give the error of each cell instead of each row.
        relative : bool, default=False
            Whether errors are in units of the deviation of the fitted rows from their mean,
            instead of the unit of X: 1 is then the error of the mean row.

        Returns
        -------
        error : ndarray of shape (n_samples,) or (n_samples, n_features)
            The root of a row's mean squared error; with `per_feature` the absolute error of
            each cell, which is NaN where the cell is missing.
        """
        check_is_fitted(self)
        rows = self._rows(X)
        error = np.empty(rows.shape if per_feature else rows.shape[0])
        variance = self._model.moments.variance
        unit = (
            np.ones(()) if not relative else np.sqrt(variance if per_feature else variance.mean())
        )
        for part, errors in self._model.errors(rows):
            known = known_cells(rows, part)
            if known is not None:
                errors = np.where(known, errors, np.nan if per_feature else 0.0)
            rooted = np.abs(errors) if per_feature else _root_mean_square(errors)
            if known is not None and not per_feature:
                rooted /= np.sqrt(known.mean(axis=1))
            error[part] = rooted / np.where(unit > 0, unit, 1.0)
        return error

    @by_partitions(code_names)
    def outlier_score(self, X: ArrayLike) -> NDArray[np.float64]:
        """How unlike the fitted rows each row is: large for outliers, about 0 for usual rows.

        Three parts are taken in logarithms: the reconstruction error of the standardised row, its
        distance to the nearest reference, and what the principal components that the networks
        read leave out of it. Each is compared with that of the fitted rows whose codes are
        nearest, in units of how much these usually exceed each other, and the distance with that
        of all fitted rows, too. Less error or less left out than usual is strange as well: a mean
        of two rows is smoother than any row. The score is a soft maximum of these excesses. Of a
        model without references, as the paper's is, minus the log density of the prior stands for
        the distance.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        score : ndarray of shape (n_samples,)
            1 is a value that a tenth of the fitted rows reach, each as if it had been left out.
            The model has learnt from a fitted row, so the score of one has another scale.

        Raises
        ------
        ValueError
            If the model comes from a file of a version without outlier scores, or with others.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from aae_sklearn import AdversarialAutoencoder
        >>> X, _ = load_digits(return_X_y=True)
        >>> aae = AdversarialAutoencoder(max_iter=5, random_state=0).fit(X[1:])
        >>> score = aae.outlier_score([X[0], X[0][::-1]])
        >>> bool(score[1] > score[0])
        True
        """
        check_is_fitted(self)
        if self._model.typical is None:
            raise ValueError(
                "this model was saved without the outlier scores of this version; fit it again"
            )
        return outlier_score(self._model, self._rows(X))

    @summed_over_partitions
    def _squared_sums(self, X: Any) -> NDArray[np.float64]:
        """Of the rows' errors, and of their differences to the mean fitted row."""
        return self._model.squared_sums(self._rows(X))

    def _settings(self, deep: bool = False) -> dict[str, Any]:
        """All parameters, also those that the ``__init__`` of a subclass has settled."""
        settled = {name: getattr(self, name) for name in self._parameter_constraints}
        return {**settled, **self.get_params(deep)}

    def _rows_to_place(self, X: Any) -> Any:
        """Rows, or what is known of their neighbours where the model was fitted on that."""
        if isinstance(X, tuple) and isinstance(self._model.config.features.metric, tuple):
            return KnownPairs(*as_pair(X, None, "X"))
        return self._rows(X)

    def _rows(self, X: Any) -> Any:
        """Rows as the model takes them."""
        filler = self._model.filler  # without one gaps are refused, whatever is set since the fit
        masks = filler is not None and self.missing_values == "mask"
        rows = validate_rows(self, X, reset=False, masks=masks)
        return rows if filler is None else Filled(rows, filler.fill)

    def save(self, path: str | os.PathLike[str], *, without: Collection[str] = ()) -> None:
        """Write the fitted model to a file, which `aae_sklearn.load` reads.

        The file holds numbers and no code, so that reading a file of another person runs nothing
        that this person wrote. The page "Saving" of the documentation says what is in it.

        Parameters
        ----------
        path : str or path-like
            The file, in the safetensors format. If there is one, it is replaced once the new
            one is complete.
        without : str or collection of str, default=()
            Names of parameters to leave out, which `load` is to be handed again, such as
            "encoder_factory". Functions and foreign objects must be named here: a file cannot
            hold them.

        Raises
        ------
        TypeError
            If a parameter cannot be in a file; the message names it. Also if the class is not
            one of this package.
        ValueError
            If `without` names something that is no parameter.
        OSError
            If the file cannot be written; an old one stays as it was.

        Examples
        --------
        >>> import os, tempfile
        >>> import aae_sklearn
        >>> from sklearn.datasets import load_digits
        >>> X, _ = load_digits(return_X_y=True)
        >>> aae = aae_sklearn.AdversarialAutoencoder(max_iter=5, random_state=0).fit(X)
        >>> path = os.path.join(tempfile.mkdtemp(), "digits.safetensors")
        >>> aae.save(path)
        >>> bool((aae_sklearn.load(path).transform(X) == aae.transform(X)).all())
        True
        """
        check_is_fitted(self)
        save_estimator(self, path, without)

    def to_onnx(self, path: str | os.PathLike[str], what: str = "transform") -> None:
        """Write the fitted model as an ONNX graph, which runs without torch and this package.

        The graph maps float32 rows to float32 rows, as many as there are. Rows must be complete:
        missing cells are not filled in there. Its opset is 17. The page "Saving" of the
        documentation says what is exported.

        Parameters
        ----------
        path : str or path-like
            The file. If there is one, it is replaced once the new one is complete.
        what : {"transform", "inverse_transform", "sample_to_rows"}, default="transform"
            Rows to codes; codes to rows; or samples to rows, given as
            ``prior_.sample_working`` gives them. These are standard normal where
            ``prior_.is_normal_inside``; for a sphere, standard normal ones are moved there.

        Raises
        ------
        ImportError
            If onnx is not installed.
        aae_sklearn.exceptions.NotExportableError
            If a part of the model is code instead of a formula; the message names it. Also if
            the model knows classes.
        ValueError
            If `what` is unknown.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from aae_sklearn import AdversarialAutoencoder
        >>> X, _ = load_digits(return_X_y=True)
        >>> aae = AdversarialAutoencoder(max_iter=5, random_state=0).fit(X)
        >>> aae.to_onnx("digits.onnx")  # doctest: +SKIP
        >>> import onnxruntime  # doctest: +SKIP
        >>> session = onnxruntime.InferenceSession("digits.onnx")  # doctest: +SKIP
        >>> session.run(None, {"rows": X.astype("float32")})[0].shape  # doctest: +SKIP
        (1797, 2)
        """
        check_is_fitted(self)
        replace_file(path, onnx_bytes(self._model, what, type(self).__name__))

    def as_module(self, what: str = "transform") -> torch.nn.Module:
        """The fitted model as a module of torch, to compute on with.

        Parameters
        ----------
        what : {"transform", "inverse_transform"}, default="transform"
            Rows to codes, or codes to rows.

        Returns
        -------
        module : torch.nn.Module
            From float32 rows to float32 rows, on the device of the model; its weights are copies.
            Gradients pass, except that the place of a row on a map has none: the attribute
            ``differentiable`` is then False, and only gradients of weights are right. It does
            not fill in missing cells, and refuses them.

        Raises
        ------
        aae_sklearn.exceptions.NotExportableError
            If the prior's bijection is code of its class, or if the model knows classes.
        ValueError
            If `what` is unknown.

        Examples
        --------
        >>> import torch
        >>> from sklearn.datasets import load_digits
        >>> from aae_sklearn import AdversarialAutoencoder
        >>> X, _ = load_digits(return_X_y=True)
        >>> aae = AdversarialAutoencoder(max_iter=5, random_state=0).fit(X)
        >>> codes = torch.zeros(1, 2, requires_grad=True)
        >>> aae.as_module("inverse_transform")(codes).sum().backward()
        >>> codes.grad.shape
        torch.Size([1, 2])
        """
        check_is_fitted(self)
        return make_module(self._model, what)

    def _decoder_program(self, limits: Limits) -> Program:
        """The decoder as instructions on one code, exact within limits of the map."""
        return decoder_program(self._model, limits)

    def _keep(
        self, model: Model, records: Sequence[EpochRecord], codes: NDArray[np.float64], rows: Any
    ) -> None:
        """Replace the fitted state, all of it at once."""
        embedding = codes.astype(result_dtype(rows.dtype), copy=False)
        self.__dict__.update(fitted_state(model, records, embedding))

    @property
    def _n_features_out(self) -> int:
        return int(self.embedding_.shape[1])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = getattr(self, "missing_values", "error") == "mask"
        tags.target_tags.required = getattr(self, "label_weight", 0) > 0
        tags.input_tags.pairwise = getattr(self, "metric", None) == "precomputed"
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _without_codes(self) -> Self:
        """A copy that has no codes of fitted rows."""
        twin = copy(self)
        twin.embedding_ = held_codes(self.embedding_)[:0]
        return twin

    def __copy__(self) -> Self:
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)  # with the model, which is never changed
        twin._stream = None
        return twin

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        if "_model" in state:
            state["_model"] = pickled_model(self._model)
            state["_stream"] = None
            state["embedding_"] = held_codes(self.embedding_)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        if "_model" in state:
            state = {**state, "_model": unpickled_model(state["_model"])}
        super().__setstate__(state)
        if "_model" in state:
            self._model = self._model.to(device_here(self.device))


def _root_mean_square(errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each row; squares that are too large are taken in the unit of the largest."""
    with np.errstate(over="ignore"):
        rooted: NDArray[np.float64] = np.sqrt(np.square(errors).mean(axis=1))
    too_large = ~np.isfinite(rooted)
    if too_large.any():
        largest = np.abs(errors[too_large]).max(axis=1)
        parts = errors[too_large] / largest[:, None]
        rooted[too_large] = np.sqrt(np.square(parts).mean(axis=1)) * largest
    return rooted


@contextmanager
def unchanged_on_error(estimator: BaseEstimator) -> Iterator[None]:
    """Leave the fitted state as it was if what is inside fails.

    The rest stays: scikit-learn still needs what it notes of callbacks, to take leave of them, and
    a stream that an error met half way is not to come back.
    """
    before = _attributes_of_fit(estimator)
    try:
        yield
    except BaseException:
        for name in _attributes_of_fit(estimator):
            delattr(estimator, name)
        vars(estimator).update(before)
        raise


def _attributes_of_fit(estimator: BaseEstimator) -> dict[str, Any]:
    names = {"_model", "_records"}
    return {
        name: value
        for name, value in vars(estimator).items()
        if name in names or (name.endswith("_") and not name.startswith("_"))
    }
