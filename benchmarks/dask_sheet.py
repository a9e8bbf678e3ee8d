"""Twenty million rows through dask, within 6 GB.

    python benchmarks/dask_sheet.py
    python benchmarks/dask_sheet.py --rows 5000000

Rows are clusters on a curved sheet, made partition by partition, so that no file holds them.
Workers have a thread and 2 GB each, and the client has no limit but is watched. "Peak" is the
largest resident memory of a process as the system counts it. The map of the collection is compared
with that of the same sampled rows in memory, bit by bit and by measures of new rows.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import _fresh
import _tables
import numpy as np
from _sheet import make_rows, sheet

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.distributed import sample_rows
from aae_sklearn.metrics import knn_accuracy, ks_statistic, trustworthiness

HEADER = ("step", "seconds", "rows a second", "client, peak MB", "largest worker, peak MB")


def peak() -> float:
    """The largest resident memory of this process so far, in MB."""
    return _fresh.resident()["VmHWM"]


def stored(client: Any, codes: Any, path: str) -> None:
    """Place all rows into a zarr store, and say now and then how far that is."""
    import dask.array as da
    import zarr

    chunk = codes.chunks[0][0], codes.shape[1]
    store = zarr.create_array(path, shape=codes.shape, chunks=chunk, dtype=codes.dtype)
    writing = client.compute(da.store(codes, store, lock=False, compute=False))
    began = time.perf_counter()
    while not writing.done():
        time.sleep(5)
        done = store.nchunks_initialized
        print(
            f"{done} of {store.nchunks} partitions, {time.perf_counter() - began:.0f} s",
            flush=True,
        )
    writing.result()


def measures(model: Any, rows: Any, label: Any) -> dict[str, float]:
    """Of a model, on rows that it was not fitted to."""
    codes = model.transform(rows)
    half = len(rows) // 2
    return {
        "trustworthiness": trustworthiness(rows, codes),
        "10-NN accuracy": knn_accuracy(codes[:half], label[:half], codes[half:], label[half:]),
        "KS to the prior": ks_statistic(codes, model.prior_, random_state=0),
        "explained variance": model.score(rows),
    }


def main() -> None:
    """Fit, place, compare, and save a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--features", type=int, default=50)
    parser.add_argument("--partition-rows", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--name", default="dask_sheet", help="file name of the table")
    args = parser.parse_args()
    import dask
    from distributed import Client, LocalCluster

    dask.config.set({"distributed.scheduler.worker-ttl": None})  # others may hold all cores
    X = sheet(args.rows, args.features, args.partition_rows)
    lines = []
    cluster = LocalCluster(
        n_workers=args.workers, threads_per_worker=1, memory_limit="2GB", dashboard_address=":0"
    )
    with cluster, Client(cluster) as client, tempfile.TemporaryDirectory() as folder:

        def step(name: str, began: float, n_rows: int) -> None:
            seconds = time.perf_counter() - began
            workers = max(client.run(peak).values())
            rate = f"{n_rows / seconds:,.0f}"
            lines.append((name, f"{seconds:.0f}", rate, f"{peak():,.0f}", f"{workers:,.0f}"))
            print(*lines[-1], sep="; ", flush=True)

        began = time.perf_counter()
        ours = AdversarialAutoencoder(random_state=0).fit(X)
        step("fit: one pass over all rows, then a map of 60,000", began, args.rows)
        began = time.perf_counter()
        path = str(Path(folder) / "codes.zarr")
        stored(client, ours.embedding_, path)
        step("placing all rows, to zarr", began, args.rows)
        theirs = AdversarialAutoencoder(random_state=0).fit(sample_rows(X, 60_000, random_state=0))
        made = make_rows(args.rows // args.partition_rows, 4_000, args.features, with_labels=True)
        new, label = made[:, :-1].astype(np.float32), made[:, -1]
        one, other = (measures(model, new, label) for model in (ours, theirs))
        import zarr

        first = make_rows(0, args.partition_rows, args.features)
        same = np.array_equal(
            zarr.open_array(path)[: len(first)], theirs.transform(first)
        ) and np.array_equal(ours.transform(new), theirs.transform(new))
    table = _tables.markdown(HEADER, lines)
    table += "\n\n" + _tables.markdown(
        ("4,000 new rows", "fit of the collection", "fit of the sampled rows in memory"),
        [(name, f"{one[name]:.6f}", f"{other[name]:.6f}") for name in one],
    )
    bits = "equal to the bit" if same and one == other else "NOT equal"
    about = f"# {args.rows:,} rows in partitions\n\n{_tables.machine()}, {args.workers} workers; "
    about += _tables.versions("dask", "distributed", "torch", "numpy", "zarr") + "\n\n"
    about += __doc__.split("\n\n")[-1].strip() + "\n\n"
    _tables.save(
        args.name,
        f"{about}{table}\n\nCodes of a partition in the store and of new rows, and all measures, "
        f"are {bits}.",
    )


if __name__ == "__main__":
    main()
