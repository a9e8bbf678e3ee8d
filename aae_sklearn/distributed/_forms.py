"""What a block of a collection is to be: an array, or a frame.

A form goes to the workers. It reads a block as the metadata of its collection declare it, takes
rows of it, and gives results the shape that the collection has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Form(Protocol):
    """What the blocks of a collection are."""

    @property
    def n_features(self) -> int:
        """Number of columns."""

    def read(self, block: Any) -> Any:
        """The block, of the declared columns and dtypes; an error if it is not like that."""

    def numbers(self, block: Any) -> NDArray[np.float64]:
        """Some rows of a block as numbers; missing cells are NaN."""

    def take(self, block: Any, index: NDArray[np.int64]) -> Any:
        """Some rows of a block."""

    def join(self, blocks: Sequence[Any]) -> Any:
        """Blocks one below the other."""

    def example(self) -> Any:
        """A row of zeros."""

    def shaped(self, result: NDArray[Any], block: Any, names: Sequence[str], name: str) -> Any:
        """A result for each row of a block, as the collection of the results holds it."""


@dataclass(frozen=True)
class ArrayForm:
    """Blocks are arrays.

    Attributes
    ----------
    n_features : int
    dtype : dtype
    """

    n_features: int
    dtype: np.dtype[Any]

    def read(self, block: Any) -> Any:
        array = np.asanyarray(block)
        if array.ndim != 2 or array.shape[1] != self.n_features:
            raise ValueError(
                f"it has shape {array.shape}, where the collection declares {self.n_features} "
                "columns; correct what makes the partition"
            )
        _check_kind(array.dtype, self.dtype, "it has")
        return array.astype(self.dtype, copy=False)

    def numbers(self, block: Any) -> NDArray[np.float64]:
        return np.asarray(block, dtype=np.float64)

    def take(self, block: Any, index: NDArray[np.int64]) -> Any:
        return block[index]

    def join(self, blocks: Sequence[Any]) -> Any:
        return np.concatenate(blocks)

    def example(self) -> Any:
        return np.zeros((1, self.n_features), self.dtype)

    def shaped(self, result: NDArray[Any], block: Any, names: Sequence[str], name: str) -> Any:
        return result


@dataclass(frozen=True)
class FrameForm:
    """Blocks are frames of pandas.

    Attributes
    ----------
    meta : DataFrame
        Without rows.
    """

    meta: Any

    @property
    def n_features(self) -> int:
        return len(self.meta.columns)

    def read(self, block: Any) -> Any:
        if list(block.columns) != list(self.meta.columns):
            raise ValueError(
                f"it has columns {list(map(str, block.columns))}, where the collection declares "
                f"{list(map(str, self.meta.columns))}; correct what makes the partition"
            )
        if (block.dtypes == self.meta.dtypes).all():
            return block
        for name, own, declared in zip(self.meta, block.dtypes, self.meta.dtypes, strict=True):
            own, declared = (getattr(dtype, "numpy_dtype", dtype) for dtype in (own, declared))
            if own.kind in "iuf" and declared.kind in "iufb":
                _check_kind(own, declared, f"its column {name!r} has")
        return block.astype(self.meta.dtypes)

    def numbers(self, block: Any) -> NDArray[np.float64]:
        numbers: NDArray[np.float64] = block.to_numpy(dtype=np.float64, na_value=np.nan)
        return numbers

    def take(self, block: Any, index: NDArray[np.int64]) -> Any:
        return block.iloc[index]

    def join(self, blocks: Sequence[Any]) -> Any:
        import pandas as pd

        return pd.concat(blocks)

    def example(self) -> Any:
        import pandas as pd

        zeros = pd.DataFrame(np.zeros((1, self.n_features)), columns=self.meta.columns)
        return zeros.astype(self.meta.dtypes)

    def shaped(self, result: NDArray[Any], block: Any, names: Sequence[str], name: str) -> Any:
        import pandas as pd

        if result.ndim == 1:
            return pd.Series(result, index=block.index, name=name)
        return pd.DataFrame(result, index=block.index, columns=list(names))


def _check_kind(own: Any, declared: Any, what: str) -> None:
    """Raise if the declared dtype would cut numbers off."""
    if not np.can_cast(own, declared, casting="same_kind"):
        raise ValueError(
            f"{what} dtype {own}, where the collection declares {declared}; correct what makes "
            "the partition, or X.astype"
        )
