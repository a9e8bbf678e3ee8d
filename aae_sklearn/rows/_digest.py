"""A short text that tells whether two sets of rows are the same; each row is read once."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from aae_sklearn.rows._rows import chunk_slices, dense

_WORDS = 2**16  # that are multiplied at a time, and stay in a core's cache


def digest_rows(rows: Any) -> str:
    """A digest of all numbers, of their type and order.

    A block of numbers gives the sum of its words of 64 bits, each times its own odd factor, modulo
    2**64: another word gives another sum, and so do, but for chance, two that change places
    (Carter, Wegman, "Universal classes of hash functions", Journal of Computer and System Sciences
    18, 1979). It is as fast as memory is read, and finds accidents only.

    Parameters
    ----------
    rows : {array, sparse matrix} of shape (n_rows, n_features)
    """
    factors = np.random.RandomState(0).randint(2**63, size=_WORDS, dtype=np.uint64) * 2 + 1
    summed = hashlib.sha256(f"{rows.shape} {rows.dtype}".encode())
    for part in chunk_slices(*rows.shape):
        some = rows[part]
        held = (some.indptr, some.indices, some.data) if sparse.issparse(some) else (dense(some),)
        for array in held:
            summed.update(_sums(array, factors).tobytes())
    return summed.hexdigest()[:32]


def _sums(array: NDArray[Any], factors: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The number of bytes, and the sum of each block."""
    content = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    words = content[: len(content) // 8 * 8].view(np.uint64)
    rest = np.frombuffer(content[8 * len(words) :].tobytes().ljust(8, b"\0"), np.uint64)
    blocks = [words[start : start + _WORDS] for start in range(0, len(words), _WORDS)]
    sums = [np.sum(block * factors[: len(block)], dtype=np.uint64) for block in blocks]
    return np.array([len(content), *sums, *rest], dtype=np.uint64)
