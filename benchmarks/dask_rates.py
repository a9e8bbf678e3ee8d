"""How fast rows in partitions are looked at and placed, and what follows for many more.

    python benchmarks/dask_rates.py

Rows are those of a curved sheet with clusters, kept in the memory of the workers, so that what
makes or reads them is not counted. Each worker is a process with one thread. A rate is the median
of three passes. "Gain" is the rate of two workers over that of one: 2 at best, where the machine
has two cores and nothing else to do.

"Moved" are the bytes that a worker sent, a row, as it counts them itself. The client's memory is
the largest resident memory of the process that fits. The simulation sends tasks that only sleep to
a hundred threads, for what dask's scheduler does to keep a hundred workers busy: the share of the
time in which they slept is the efficiency.

The plan divides rows by the measured rate of one worker and the number of workers, at the
simulated efficiency where a task takes as long as there. It holds where storage and network keep
up: the column "read" is the rate of bytes that all workers need together while they place.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import _fresh
import _tables
import dask
from _sheet import sheet

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.distributed import sample_rows
from aae_sklearn.distributed._collections import collection_of
from aae_sklearn.distributed._survey import look

HEADER = ("columns", "what", "rows", "1 worker, rows/s", "2 workers, rows/s", "gain")
HEADER += ("moved, bytes a row",)
PLAN = ("rows x 784", "workers", "look at all", "place all", "read, GB/s", "codes, GB")


def sent_bytes(client: Any) -> float:
    """What all workers have sent so far."""
    totals = client.run(lambda dask_worker: dask_worker.transfer_outgoing_bytes_total)
    return float(sum(totals.values()))


def rate(client: Any, run: Callable[[], object], n_rows: int) -> tuple[float, float]:
    """Rows a second, the median of three passes, and the bytes that were moved for a row."""
    run()  # the model arrives, and what is compiled is compiled
    seconds, before = [], sent_bytes(client)
    for _ in range(3):
        began = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - began)
    return n_rows / median(seconds), (sent_bytes(client) - before) / (3 * n_rows)


def measured(
    n_workers: int, n_rows: int, n_features: int, partition_rows: int
) -> dict[str, tuple[float, float]]:
    """Rates of what is done with all rows, by name."""
    from distributed import Client, LocalCluster, wait

    cluster = LocalCluster(n_workers=n_workers, threads_per_worker=1, dashboard_address=":0")
    with cluster, Client(cluster) as client:
        X = sheet(n_rows, n_features, partition_rows).persist()
        wait(X)
        rows = sample_rows(X, min(n_rows, 60_000), random_state=0)
        model = AdversarialAutoencoder(random_state=0).fit(rows)
        codes = model.transform(X).persist()
        wait(codes)
        collection = collection_of(X)
        jobs: dict[str, Callable[[], object]] = {
            "look: finite, extremes": lambda: look(collection, None, allows_nan=False),
            "transform": lambda: model.transform(X).sum().compute(),
            "inverse_transform": lambda: model.inverse_transform(codes).sum().compute(),
            "score": lambda: model.score(X),
        }
        return {name: rate(client, job, n_rows) for name, job in jobs.items()}


def simulated(n_tasks: int, n_threads: int, seconds: float) -> float:
    """Share of the time in which threads sleep, the others being what the scheduler costs."""
    from distributed import Client, LocalCluster

    cluster = LocalCluster(n_workers=2, threads_per_worker=n_threads // 2, dashboard_address=":0")
    with cluster, Client(cluster) as client:
        began = time.perf_counter()
        client.gather(client.map(lambda number: time.sleep(seconds), range(n_tasks)))
        return n_tasks * seconds / n_threads / (time.perf_counter() - began)


def duration(seconds: float) -> str:
    """In the unit that suits it."""
    for unit, name in ((3600.0, "h"), (60.0, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.1f} {name}"
    return f"{seconds:.0f} s"


def plan(look_rate: float, place_rate: float, efficiency: float) -> list[tuple[str, ...]]:
    """What the rates of one worker mean for many rows and workers."""
    lines = []
    for n_rows in (10**8, 10**9):
        for n_workers in (10, 100):
            share = n_workers * (efficiency if n_workers == 100 else 1.0)
            lines.append(
                (
                    f"{n_rows:.0e}".replace("e+0", "e"),
                    str(n_workers),
                    duration(n_rows / (look_rate * share)),
                    duration(n_rows / (place_rate * share)),
                    f"{place_rate * share * 784 * 4 / 1e9:.1f}",
                    f"{n_rows * 8 / 1e9:.1f}",
                )
            )
    return lines


def main() -> None:
    """Measure, plan and save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--features", type=int, nargs="+", default=[50, 784])
    parser.add_argument("--rows", type=int, nargs="+", default=[600_000, 200_000])
    parser.add_argument("--partition-rows", type=int, default=20_000)
    parser.add_argument("--tasks", type=int, default=10_000, help="of the simulation; 0: none")
    parser.add_argument("--task-seconds", type=float, default=0.5)
    parser.add_argument("--name", default="dask_rates", help="file name of the table")
    args = parser.parse_args()
    lines, one = [], {}
    for n_features, n_rows in zip(args.features, args.rows, strict=True):
        one, two = (measured(n, n_rows, n_features, args.partition_rows) for n in (1, 2))
        for name, (alone, _) in one.items():
            both, moved = two[name]
            rates = f"{alone:,.0f}", f"{both:,.0f}", f"{both / alone:.2f}"
            lines.append((str(n_features), name, f"{n_rows:,}", *rates, f"{moved:.1f}"))
            print(*lines[-1], sep="; ", flush=True)
    about = f"# Rates of rows in partitions\n\n{_tables.machine()}; "
    about += _tables.versions("dask", "distributed", "torch", "numpy")
    about += f", partitions of {args.partition_rows:,} rows\n\n"
    about += "\n\n".join(__doc__.split("\n\n")[2:]).strip() + "\n\n"
    table = _tables.markdown(HEADER, lines)
    table += f"\n\nThe client's memory: {_fresh.resident()['VmHWM']:,.0f} MB at its peak.\n\n"
    efficiency = 1.0
    if args.tasks:
        efficiency = simulated(args.tasks, 100, args.task_seconds)
        table += (
            f"Simulation: {args.tasks:,} tasks of {args.task_seconds:g} s on 100 threads keep "
        )
        table += f"them busy {efficiency:.0%} of the time.\n\n"
    rates = one["look: finite, extremes"][0], one["transform"][0]
    table += _tables.markdown(PLAN, plan(*rates, efficiency))
    _tables.save(args.name, about + table)


if __name__ == "__main__":
    dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"})
    main()
