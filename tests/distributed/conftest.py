"""Collections of the digits, and a cluster of two processes."""

import numpy as np
import pytest

from aae_sklearn import AdversarialAutoencoder

pytest.importorskip("dask.array")
pytest.importorskip("dask.dataframe")
pytest.importorskip("distributed")

import dask
import dask.array as da
import dask.dataframe as dd
import pandas as pd

NETWORKS = {
    "hidden_layer_sizes": (16,),
    "discriminator_layer_sizes": (16,),
    "max_iter": 20,
    "random_state": 0,
}
SMALL = {**NETWORKS, "layout_max_iter": 5}
QUICK = {**NETWORKS, "neighbor_weight": 0}  # the paper's model


@pytest.fixture(scope="module", autouse=True)
def no_map_is_judged(short_fits):
    """So all fits are short."""


@pytest.fixture(autouse=True)
def in_this_thread():
    """Without a cluster all is computed in this thread, as it is quickest for small blocks."""
    with dask.config.set(scheduler="synchronous"):
        yield


@pytest.fixture(scope="session")
def cluster():
    """Two processes with a thread each, as most clusters are but for their size."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", memory_limit="1GiB"
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture
def client(cluster):
    """The cluster as what computes; all that it holds is forgotten afterwards."""
    with dask.config.set(scheduler=cluster), cluster.as_current():
        yield cluster


@pytest.fixture(scope="session")
def frame(train):
    names = [f"pixel {i}" for i in range(train.shape[1])]
    index = pd.Index(np.arange(len(train)) * 2, name="image")
    return pd.DataFrame(train, index=index, columns=names)


@pytest.fixture
def array_collection(train):
    return da.from_array(train, chunks=(70, 64))


@pytest.fixture
def frame_collection(frame):
    return dd.from_pandas(frame, npartitions=4)


@pytest.fixture(scope="session", params=["map", "paper"])
def model(request, train):
    return AdversarialAutoencoder(**SMALL, neighbor_weight=float(request.param == "map")).fit(
        train
    )


@pytest.fixture(scope="session")
def frame_model(frame):
    return AdversarialAutoencoder(**SMALL).fit(frame)
