"""An estimator, moved to the workers once for all partitions.

Under a cluster it is the result of a task whose argument is the estimator's pickle. Scattered data
would be lost with the only worker that holds them; a task is done again.
"""

from __future__ import annotations

import hashlib
import pickle
from typing import Any

import cloudpickle
import dask
from dask.base import get_scheduler

_NOT_PLACING = ("_sklearn_output_config", "_skl_callbacks", "_skl_callbacks_to_teardown")


def placing_copy(estimator: Any) -> Any:
    """The estimator without what placing rows does not need: codes, and how output is wrapped."""
    twin = estimator._without_codes()
    for name in _NOT_PLACING:
        vars(twin).pop(name, None)
    return twin


def share(estimator: Any) -> Any:
    """A future of the estimator under a cluster, else a delayed object."""
    pickled = cloudpickle.dumps(estimator)
    key = f"aae-{hashlib.sha256(pickled).hexdigest()[:32]}"
    client = getattr(get_scheduler(), "__self__", None)
    if client is None:
        return dask.delayed(estimator, name=key, traverse=False)
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1TB"}):
        return client.submit(pickle.loads, pickled, key=key)
