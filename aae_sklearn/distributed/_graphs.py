"""A function of each partition, computed now: a graph written down by hand.

`dask.delayed` would make a layer for each partition, which for 10,000 takes longer than to read
them (notes/dask.md, "Tiny partitions").
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

import dask
from dask._task_spec import List, Task, TaskRef
from dask.delayed import Delayed
from dask.highlevelgraph import HighLevelGraph

from aae_sklearn.distributed._collections import Collection
from aae_sklearn.settings import _defaults as defaults


def computed(
    collection: Collection,
    function: Callable[..., Any],
    arguments: Sequence[tuple[Any, ...] | None],
    merge: Callable[[list[Any]], Any] = list,
    shared: Any = None,
) -> Any:
    """What is merged of a function's values, in the order of the partitions.

    Parameters
    ----------
    collection : Collection
    function : callable
        Of a partition and its arguments.
    arguments : sequence of tuple
        For each partition; None leaves it out.
    merge : callable
        From some values, or merged ones, that follow one another to a merged one. Without it
        there is a list of all.
    shared : Future or Delayed or None
        What its `reference` stands for among the arguments.
    """
    graph, blocks = collection.graph()
    name = f"{getattr(function, '__name__', 'block')}-{uuid.uuid4().hex}"
    tasks: dict[Any, Any] = {
        (name, number): Task((name, number), function, TaskRef(block), *more)
        for number, (block, more) in enumerate(zip(blocks, arguments, strict=True))
        if more is not None
    }
    keys, size = list(tasks), defaults.MERGED_PARTITIONS if merge is not list else len(tasks)
    level = 0
    while level == 0 or len(keys) > 1:
        level += 1
        groups = [keys[i : i + size] for i in range(0, max(1, len(keys)), max(1, size))]
        keys = [(f"{name}-merge", level, i) for i in range(len(groups))]
        for key, group in zip(keys, groups, strict=True):
            tasks[key] = Task(key, merge, List(*map(TaskRef, group)))
    others = {} if shared is None else dict(dask.delayed(shared).dask)
    layers = {"blocks": {**graph, **others}, name: tasks}
    whole = HighLevelGraph(layers, {"blocks": set(), name: {"blocks"}})
    return Delayed(keys[0], whole, layer=name).compute()


def reference(shared: Any) -> Any:
    """What stands for a shared object among the arguments."""
    return TaskRef(shared.key)
