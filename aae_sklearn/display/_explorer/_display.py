"""The map as a web page that decodes the place under the cursor."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from aae_sklearn.display._documentation import fill_docstrings
from aae_sklearn.display._explorer._gather import Given, gather
from aae_sklearn.display._explorer._page import fill_page, frame_page
from aae_sklearn.display._tiles import ImageShape
from aae_sklearn.runtime._files import replace_file

FRAME_HEIGHT = 720  # pixels in a notebook


@fill_docstrings
class Explorer:
    """Map that one walks over, and that shows the decoded row at each place.

    It is recommended to use :meth:`from_estimator`. :meth:`save` writes one HTML file without
    references to others; it works from a disk and without a network. In Jupyter an explorer
    shows itself.

    The page colours rows by their label, by columns of `frame` or by the quality of their place.
    Under the cursor it decodes the code with the decoder itself, whose weights it holds in
    float16, and lists the nearest rows. It tells where there are no rows. It selects rows by a
    lasso, finds them by their names, decodes along a drawn path, and exports both as CSV. Arrow
    keys move the cursor.

    Parameters
    ----------
    payload : str
        What the page holds, as :meth:`from_estimator` packs it.
    title : str, default="Map"
        Title of the page.
    is_exact : bool, default=True
        Whether the page decodes as the estimator does.

    Notes
    -----
    The drawing is plain JavaScript of this package: points are put into the pixels of a canvas.
    Bokeh and Plotly were measured with the same points (``benchmarks/results/explorer.md``):
    their scripts add 1.3 and 4.8 MB to each file instead of 0.1, they open and move more slowly,
    and the decoder, the places without rows and the export would have to be written all the
    same.

    Estimators that are not of this package, and models whose decoder is code of a user, are
    decoded on a grid, and the page interpolates; where `inverse_transform` is affine, as that of
    PCA and of scalers in a Pipeline, it is exact.

    Examples
    --------
    >>> import os, tempfile
    >>> from sklearn.datasets import load_digits
    >>> from aae_sklearn import AdversarialAutoencoder
    >>> from aae_sklearn.display import Explorer
    >>> X, y = load_digits(return_X_y=True)
    >>> aae = AdversarialAutoencoder(max_iter=5, random_state=0).fit(X)
    >>> explorer = Explorer.from_estimator(aae, X, y, image_shape=(8, 8))
    >>> path = os.path.join(tempfile.mkdtemp(), "digits.html")
    >>> explorer.save(path)
    >>> os.path.getsize(path) < 1_000_000
    True
    """

    def __init__(self, payload: str, *, title: str = "Map", is_exact: bool = True) -> None:
        self.payload = payload
        self.title = title
        self.is_exact = is_exact

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any = None,
        *,
        X_new: Any = None,
        y_new: Any = None,
        frame: Any = None,
        names: Any = None,
        label_names: Sequence[str] | None = None,
        color_by: str = "auto",
        image_shape: ImageShape | None = None,
        feature_names: Sequence[str] | None = None,
        quality: bool = True,
        title: str | None = None,
        random_state: int | None = 0,
    ) -> Explorer:
        """Gather what the page holds.

        Parameters
        ----------
        estimator : object
            Anything fitted with ``transform`` and ``inverse_transform`` and with codes of one or
            two components, such as an autoencoder, a PCA, or a Pipeline that ends in one.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of the map. Of a Pipeline that reads texts these texts: the page then decodes
            their words.
        $y
        X_new : {array-like, sparse matrix} of shape (n_new, n_features), default=None
            New rows, drawn over the others.
        y_new : array-like of shape (n_new,), default=None
            The same as `y` for the new rows.
        frame : data frame or dict of columns, default=None
            Columns of the rows of `X` that the page shows and colours by.
        names : array-like of shape (n_samples,), default=None
            Names of the rows, by which they are found; None numbers them.
        $label_names
        $color_by
        $image_shape
        $feature_names
        quality : bool, default=True
            Whether to compute the reconstruction error of each row and the trustworthiness of its
            place, by which the page can colour.
        title : str, default=None
            Title of the page; None names the estimator.
        random_state : int or None, default=0
            Seed of the rows that are looked at where not all of them are.

        Returns
        -------
        explorer : Explorer
            The page, not yet written.

        Raises
        ------
        TypeError
            If the estimator lacks a method, or `frame` is no frame.
        ValueError
            If codes have more than two components, rows are distances, or shapes do not agree.
        """
        given = Given(
            y, X_new, y_new, frame, names, label_names, color_by, image_shape, feature_names,
            quality, random_state, title,
        )  # fmt: skip
        content = gather(estimator, X, given)
        return cls(content.payload, title=content.title, is_exact=content.is_exact)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page.

        Parameters
        ----------
        path : str or path-like
            The file, which ends in ".html" as a rule. If there is one, it is replaced.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        replace_file(path, fill_page(self.title, self.payload).encode())

    def _repr_html_(self) -> str:
        return frame_page(fill_page(self.title, self.payload), FRAME_HEIGHT)

    def __repr__(self) -> str:
        return f"Explorer({self.title!r})"
