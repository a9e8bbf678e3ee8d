"""The compiled search is compiled ahead, and done without where there is no compiler."""

import sys
import threading
import warnings

import pytest
import torch

from aae_sklearn.exceptions import SlowSearchWarning
from aae_sklearn.neighbors import _compiled
from aae_sklearn.neighbors._index import NeighborIndex
from aae_sklearn.settings import _defaults as defaults

CPU = torch.device("cpu")
VISITS = "aae_sklearn.neighbors._visits"


@pytest.fixture
def not_asked(monkeypatch):
    """Nobody has asked for the search so far."""
    monkeypatch.setattr(defaults, "CELLS_MIN_POINTS", 2_000)
    monkeypatch.delitem(sys.modules, VISITS, raising=False)
    _compiled.nearest_points_compiled.cache_clear()
    yield
    _compiled.nearest_points_compiled.cache_clear()


@pytest.fixture(params=["missing", "broken"])
def no_numba(not_asked, monkeypatch, request):
    if request.param == "missing":
        monkeypatch.setitem(sys.modules, "numba", None)
    else:  # as where it was built for another numpy
        monkeypatch.setitem(sys.modules, VISITS, None)


@pytest.mark.usefixtures("no_numba")
def test_without_numba_all_points_are_compared_with_one_warning(monkeypatch):
    points = torch.randn(9_000, 3, generator=torch.Generator().manual_seed(0))
    index = NeighborIndex(points)
    assert len(index.order) > 4 * defaults.PLACING_PROBES
    with pytest.warns(SlowSearchWarning, match="numba cannot be used here"):
        found = index.query(points[:400], 5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = index.query(points[7:8], 5)
    expected = torch.cdist(points[:400].double(), points.double()).topk(5, largest=False)
    assert torch.equal(found.index, expected.indices)
    assert torch.equal(again.index, found.index[7:8])
    assert torch.equal(again.squared_distance, found.squared_distance[7:8])


@pytest.mark.usefixtures("no_numba")
def test_what_fails_ahead_fails_in_silence():
    compile_and_wait(3_000)


@pytest.mark.usefixtures("not_asked")
@pytest.mark.parametrize(
    ("n_points", "device", "is_compiled"),
    [(3_000, CPU, True), (2_000, CPU, False), (3_000, torch.device("cuda"), False)],
)
def test_what_many_points_need_is_compiled_ahead(n_points, device, is_compiled):
    compile_and_wait(n_points, device)
    assert (VISITS in sys.modules) == is_compiled


def compile_and_wait(n_points, device=CPU):
    before = set(threading.enumerate())
    _compiled.compile_ahead(n_points, device)
    for thread in set(threading.enumerate()) - before:
        thread.join()
