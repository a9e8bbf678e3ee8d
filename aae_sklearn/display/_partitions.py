"""A map of codes that no memory holds: their density, counted partition by partition."""

from __future__ import annotations

from typing import Any

import numpy as np

from aae_sklearn.display._arrays import FloatArray, codes_of, last_step
from aae_sklearn.display._points import SHADE_ABOVE, opacity
from aae_sklearn.rows._partitioned import is_partitioned

NOT_BY_PARTITIONS = ("y", "images", "image_shape", "shading", "label_names")


def lazy_or_codes_of(estimator: Any, X: Any) -> Any:
    """The same as `codes_of`, but codes that are lazy stay so."""
    lazy = None
    if is_partitioned(X):
        lazy = estimator.transform(X)
    elif X is None:
        lazy = getattr(last_step(estimator), "embedding_", None)
    return lazy if is_partitioned(lazy) else codes_of(estimator, X)


def refuse_by_partitions(given: dict[str, Any]) -> None:
    """Raise if what needs a value for each row in memory is asked for."""
    wrong = [name for name in NOT_BY_PARTITIONS if given.get(name) is not None]
    if wrong:
        raise ValueError(
            f"{' and '.join(wrong)} cannot be used with a dask collection, whose density is "
            "drawn; draw aae_sklearn.distributed.sample_rows of it"
        )


def draw_partitions(display: Any, codes: Any, **kwargs: Any) -> Any:
    """Draw the density of all codes, on axes that suit a sample of them.

    Codes are read twice: for the sample, and to be counted.

    Parameters
    ----------
    display : type
        The class of the display.
    codes : dask.array or dask.dataframe
    **kwargs : dict
        Of ``from_codes``.
    """
    from aae_sklearn.distributed import sample_rows
    from aae_sklearn.distributed._binning import binned

    if codes.shape[1] != 2:
        raise ValueError(
            f"the density of a dask collection is drawn on a plane, and its codes have "
            f"{codes.shape[1]} components; select two columns"
        )
    sample = np.asarray(sample_rows(codes, SHADE_ABOVE, random_state=0))
    drawn = display.from_codes(sample, shading=True, **kwargs)
    left, right, bottom, top = drawn.points_.get_extent()
    image = np.array(drawn.points_.get_array())
    counts, n_rows = binned(codes, [(left, right), (bottom, top)], image.shape[:2])
    drawn.points_.set_data(tinted(counts, image))
    drawn.counts_ = counts
    # The other lines of the note are about new rows.
    of_new = drawn.note_.get_text().splitlines()[1:]
    lines = [f"{n_rows:,} rows", *(line for line in of_new if not line.endswith(" outside"))]
    n_outside = n_rows - int(counts.sum())
    drawn.note_.set_text("\n".join(lines + ([f"{n_outside:,} outside"] if n_outside else [])))
    return drawn


def tinted(counts: Any, image: FloatArray) -> FloatArray:
    """An image of counts in the one colour that an image of a sample has."""
    colored = image[..., 3] > 0
    rgba = np.zeros((*counts.shape, 4))
    is_filled = counts > 0
    rgba[is_filled, :3] = image[colored][0, :3]
    rgba[is_filled, 3] = opacity(counts[is_filled])
    return rgba
