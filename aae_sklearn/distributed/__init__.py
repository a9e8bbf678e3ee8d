"""Rows in partitions: dask's arrays and frames as X (extra ``dask``).

`AdversarialAutoencoder` imports this when a collection of dask's arrives.
"""

from aae_sklearn.distributed._sampling import sample_rows

__all__ = ["sample_rows"]
