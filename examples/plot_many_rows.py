"""
Rows that no memory holds
=========================

A year of taxi rides is a folder of files. Here a smaller folder is made up: rides between the
quarters of a town, written as parquet. dask reads it in partitions, a map is fitted to a sample of
the rides, and all of them are placed, partition by partition. Needs the extra ``dask``.
"""

# %%
# A folder of files
# -----------------
# Rides go from one of five quarters to another. Commuters travel at eight and at six, people who
# go out travel late, and rides to the airport are long at any hour.

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

QUARTERS = np.array([[0.0, 0.0], [3.0, 1.0], [-2.0, 4.0], [1.0, -4.0], [12.0, 9.0]])  # km
KINDS = {"commute": (8.0, 18.0), "evening": (22.0, 23.5), "airport": (5.0, 14.0)}  # usual hours


def rides(month: int, n_rides: int = 5_000) -> pd.DataFrame:
    """Made-up rides of a month."""
    rng = np.random.default_rng(month)
    kind = rng.choice(list(KINDS), n_rides, p=[0.6, 0.3, 0.1])
    start = rng.choice(4, n_rides, p=[0.5, 0.2, 0.2, 0.1])
    goal = np.where(kind == "airport", 4, (start + rng.integers(1, 4, n_rides)) % 4)
    places = QUARTERS[np.stack([start, goal])] + 0.4 * rng.standard_normal((2, n_rides, 2))
    hour = np.array([rng.choice(KINDS[name]) for name in kind]) + rng.normal(0, 0.7, n_rides)
    distance = np.abs(places[1] - places[0]).sum(axis=1)
    is_rush = np.abs((hour % 24) - 8) < 1.5
    minutes = distance * (2.0 + 1.5 * is_rush) * rng.lognormal(0, 0.15, n_rides)
    fare = 3.0 + 1.8 * distance + 0.3 * minutes
    return pd.DataFrame(
        {
            "hour (cos)": np.cos(2 * np.pi * hour / 24),
            "hour (sin)": np.sin(2 * np.pi * hour / 24),
            "start east": places[0, :, 0],
            "start north": places[0, :, 1],
            "goal east": places[1, :, 0],
            "goal north": places[1, :, 1],
            "log distance": np.log1p(distance),
            "log minutes": np.log1p(minutes),
            "log fare": np.log1p(fare),
            "tip": np.maximum(0, rng.normal(0.15, 0.05, n_rides) * (kind != "evening")),
        }
    )


folder = Path(tempfile.mkdtemp())
for month in range(1, 7):
    rides(month).to_parquet(folder / f"rides-{month:02}.parquet")

# %%
# A map of a sample
# -----------------
# `fit` looks at all rides once and takes the sample. Columns have different units, so each is
# scaled by itself. On a cluster, make a ``dask.distributed.Client`` before; nothing else changes.

import dask.dataframe as dd

from aae_sklearn import AdversarialAutoencoder

table = dd.read_parquet(folder)
model = AdversarialAutoencoder(feature_scaling="per_feature", random_state=0).fit(table)
codes = model.embedding_
print(codes)

# %%
# All rides
# ---------
# The codes are lazy. Two numbers a ride are little, so here the workers keep them: ``persist``.
# Those of many rides are written, by ``codes.to_parquet``. Then all are counted on a grid, file by
# file, and no process ever holds all rides.

codes = codes.persist()

# %%

import matplotlib.pyplot as plt

from aae_sklearn.display import EmbeddingDisplay

EmbeddingDisplay.from_codes(codes, name="rides of half a year")
plt.show()

# %%
# Which part of the map is what?
# ------------------------------
# A sample of rides in memory can be coloured.

from aae_sklearn.distributed import sample_rows

some = sample_rows(table, 3_000, random_state=0)
hour = np.arctan2(some["hour (sin)"], some["hour (cos)"]) * 24 / (2 * np.pi) % 24
EmbeddingDisplay.from_estimator(model, some, hour.rename("hour"), cmap="twilight")
plt.show()

# %%
# How strange is each ride?
# -------------------------
# Outlier scores are a column of the same partitions, here of the first file.

scores = model.outlier_score(table)
strangest = scores.partitions[0].compute().nlargest(3)
print(table.partitions[0].compute().loc[strangest.index].round(2).T)
