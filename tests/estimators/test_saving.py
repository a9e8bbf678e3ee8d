"""A fitted estimator in a file, a pickle or a skops file, and out of it again."""

import ast
import copy
import json
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from scipy import sparse, stats
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import aae_sklearn
from aae_sklearn import AdversarialAutoencoder, AdversarialAutoencoderClassifier, load
from aae_sklearn.estimators import _packing as packing
from aae_sklearn.exceptions import ModelFileError
from aae_sklearn.model import _packing
from aae_sklearn.neighbors import _index
from aae_sklearn.priors import CallablePrior, EmpiricalPrior, NormalPrior, StudentTPrior
from aae_sklearn.runtime._files import read_file, write_file
from aae_sklearn.settings import _defaults as defaults
from tests.factories import linear_decoder, linear_encoder
from tests.model_files import FOLDER, KINDS, ROWS, fit_tiny

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("short_fits"),
]
ROOT = Path(__file__).resolve().parents[2]
PRIORS = {
    "normal": "normal",
    "sphere": "sphere",
    "cauchy": StudentTPrior(df=1),
    "mixture": "gaussian_mixture",
    "scipy": stats.logistic(scale=2),
    "empirical": EmpiricalPrior(np.random.RandomState(1).standard_normal((30, 2))),
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


def saved(aae, path, **objects):
    aae.save(path, without=list(objects))
    return load(path, **objects)


def assert_same(found, aae, rows=ROWS):
    assert vars(found).keys() - {"_stream"} == vars(aae).keys() - {"_stream"}
    for name in ("transform", "sample_codes"):
        seed = {"random_state": 0} if name == "sample_codes" else {}
        codes = getattr(aae, name)(rows, **seed)
        np.testing.assert_array_equal(getattr(found, name)(rows, **seed), codes)
        assert getattr(found, name)(rows, **seed).dtype == codes.dtype
    np.testing.assert_array_equal(found.embedding_, aae.embedding_)
    np.testing.assert_array_equal(found.inverse_transform(codes), aae.inverse_transform(codes))
    np.testing.assert_array_equal(found.sample(5, 0), aae.sample(5, 0))
    assert found.sample(5, 0).dtype == aae.sample(5, 0).dtype
    assert found.score(rows) == aae.score(rows)
    np.testing.assert_array_equal(
        found.reconstruction_error(rows, relative=True),
        aae.reconstruction_error(rows, relative=True),
    )
    assert (found.history_, found.n_iter_) == (aae.history_, aae.n_iter_)
    assert found._model.config == aae._model.config


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_model_is_the_same_to_the_bit(kind, prior, dtype, path):
    aae = fit_tiny(kind, ROWS.astype(dtype), prior=PRIORS[prior])
    found = saved(aae, path)
    assert_same(found, aae, ROWS.astype(dtype))
    if aae.prior_.has_log_prob:
        np.testing.assert_array_equal(found.score_samples(ROWS), aae.score_samples(ROWS))
    assert repr(found.prior_) == repr(aae.prior_)
    assert {**found.get_params(deep=False), "prior": None} == {
        **aae.get_params(deep=False),
        "prior": None,
    }


@pytest.mark.parametrize("path", sorted(FOLDER.glob("format_*")), ids=lambda path: path.stem)
def test_files_of_all_formats_are_read(path):
    aae = load(path)
    codes = aae.transform(ROWS)
    np.testing.assert_allclose(codes, aae.embedding_, atol=1e-4)  # other processors
    assert aae.inverse_transform(codes).shape == ROWS.shape
    aae.set_params(max_iter=1).fit(ROWS)


def test_there_is_a_file_of_each_kind_of_the_present_format():
    assert {path.stem for path in FOLDER.glob("format_1_*")} == {f"format_1_{k}" for k in KINDS}


@pytest.mark.parametrize("kind", ["map", "papers", "universal"])
def test_warm_start_goes_on(kind, path):
    aae = fit_tiny(kind, warm_start=True)
    found = saved(aae, path)
    np.testing.assert_array_equal(found.fit(ROWS).embedding_, aae.fit(ROWS).embedding_)


@pytest.mark.parametrize("kind", ["map", "papers"])
def test_partial_fit_goes_on_as_a_pickle_does(kind, path):
    aae = fit_tiny(kind)
    twin, found = pickle.loads(pickle.dumps(aae)), saved(aae, path)
    for _ in range(2):
        twin.partial_fit(ROWS[:20])
        found.partial_fit(ROWS[:20])
    np.testing.assert_array_equal(found.transform(ROWS), twin.transform(ROWS))
    assert found.n_iter_ == 4


def test_codes_beyond_float32_are_kept(path):
    aae = fit_tiny("papers", ROWS.astype("f4"))
    aae.embedding_[0] = np.inf
    np.testing.assert_array_equal(saved(aae, path).embedding_, aae.embedding_)


def test_clone_of_a_loaded_estimator_fits_to_the_same(path):
    aae = fit_tiny("map")
    np.testing.assert_array_equal(clone(saved(aae, path)).fit(ROWS).embedding_, aae.embedding_)


def test_random_state_goes_on_where_it_was(path):
    aae = fit_tiny("papers", random_state=np.random.RandomState(5))
    found = saved(aae, path)
    np.testing.assert_array_equal(found.fit(ROWS).embedding_, aae.fit(ROWS).embedding_)


def test_numbers_from_arrays_are_kept(path):
    """As a grid over np.arange(2, 5) sets them."""
    numbers = {
        "n_components": np.int64(2),
        "layout_max_iter": np.int32(2),
        "n_iter_no_change": np.int64(3),
        "early_stopping": np.bool_(True),
        "activation": np.str_("relu"),
        "tol": np.float32(0.1),
    }
    aae = AdversarialAutoencoder(max_iter=1, random_state=0, **numbers).fit(ROWS)
    for found in (saved(aae, path), pickle.loads(pickle.dumps(aae)), copy.deepcopy(aae)):
        np.testing.assert_array_equal(found.transform(ROWS), aae.transform(ROWS))
    classifier = AdversarialAutoencoderClassifier(np.int64(2), max_iter=1).fit(
        ROWS, np.arange(len(ROWS)) % 2
    )
    twin = saved(classifier, path)
    np.testing.assert_array_equal(twin.predict_proba(ROWS), classifier.predict_proba(ROWS))


def test_names_of_columns_are_kept(path):
    frame = pd.DataFrame(ROWS, columns=list("abcdü"))
    found = saved(fit_tiny("papers", frame), path)
    np.testing.assert_array_equal(found.feature_names_in_, frame.columns)
    assert found.n_features_in_ == 5
    with pytest.raises(ValueError, match="feature names should match"):
        found.transform(frame.rename(columns={"a": "z"}))


def test_a_file_is_read_in_another_process(path):
    aae = fit_tiny("map", prior="uniform")
    aae.save(path)
    np.save(path.with_name("rows.npy"), ROWS)
    script = (
        "import numpy as np\nfrom aae_sklearn import load\n"
        "np.save('codes.npy', load('model.safetensors').transform(np.load('rows.npy')))\n"
    )
    run(["-c", script], path.parent)
    np.testing.assert_array_equal(np.load(path.with_name("codes.npy")), aae.transform(ROWS))


def run(arguments, folder):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        check=True,
        timeout=300,
        capture_output=True,
        text=True,
    )


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc")
def test_changed_files_are_refused_or_make_a_model_and_run_no_code(tmp_path):
    result = json.loads(run(["-m", "tests.mutations", str(tmp_path), "1000"], ROOT).stdout)
    assert result["run"] == []
    assert result["awake"]
    assert result["refused"] > 500
    assert result["megabytes"] < 30


# --- what a file cannot hold ----------------------------------------------------------------


def draw(n_samples, n_components, random_state):
    return random_state.standard_normal((n_samples, n_components))


def manhattan(a, b):
    return np.abs(a - b).sum()


FOREIGN = {
    "encoder_factory": linear_encoder,
    "decoder_factory": linear_decoder,
    "prior": draw,
}


@pytest.mark.parametrize("name", FOREIGN)
def test_code_is_left_out_and_handed_in_again(name, path):
    aae = fit_tiny("papers", **{name: FOREIGN[name]})
    with pytest.raises(
        TypeError, match=rf"save\(path, without=\['{name}'\]\) and .* {name}=\.\.\."
    ):
        aae.save(path)
    assert not path.exists()
    aae.save(path, without=name)
    with pytest.raises(
        TypeError, match=rf"saved without \['{name}'\]; hand them in as {name}=\.\."
    ):
        load(path)
    found = load(path, **{name: FOREIGN[name]})
    assert_same(found, aae)
    assert getattr(found, name) is FOREIGN[name]


def test_the_message_names_everything_at_once(path):
    aae = fit_tiny("papers", prior=CallablePrior(draw), decoder_factory=linear_decoder)
    with pytest.raises(TypeError, match="not the decoder_factory and the prior of"):
        aae.save(path)


def known_neighbors(rows):
    distances = np.linalg.norm(rows[:, None] - rows, axis=2)
    order = distances.argsort(axis=1)
    return order, np.take_along_axis(distances, order, axis=1)


@pytest.mark.parametrize(
    ("metric", "metric_params"),
    [
        ("manhattan", None),
        ("minkowski", {"p": 3, "w": np.arange(1.0, 6.0)}),
        ("chebyshev", {"w": np.arange(5.0)}),
        ("jaccard", None),
        ("precomputed", None),
    ],
)
@pytest.mark.parametrize("kind", ["f8", "i4", "sparse"])
def test_metrics_without_coordinates_are_saved(path, metric, metric_params, kind):
    rows = np.where(ROWS > 0.4, ROWS, 0) * (100 if kind == "i4" else 1)
    rows = sparse.csr_array(rows) if kind == "sparse" else rows.astype(kind)
    if metric == "precomputed":
        rows = np.linalg.norm(ROWS[:, None] - ROWS, axis=2).astype("f4")
    aae = fit_tiny("map", rows, metric=metric, metric_params=metric_params, warm_start=True)
    for found in (saved(aae, path), pickle.loads(pickle.dumps(aae))):
        np.testing.assert_array_equal(found.transform(rows), aae.transform(rows))
        np.testing.assert_array_equal(found.outlier_score(rows), aae.outlier_score(rows))
        refitted = copy.deepcopy(aae).fit(rows)
        np.testing.assert_array_equal(found.fit(rows).embedding_, refitted.embedding_)


def scaled_manhattan(a, b, factor):
    return factor * np.abs(a - b).sum()


def test_parameters_of_a_function_are_in_the_file(path):
    aae = fit_tiny("map", metric=scaled_manhattan, metric_params={"factor": 2.0})
    found = saved(aae, path, metric=scaled_manhattan)
    np.testing.assert_array_equal(found.transform(ROWS), aae.transform(ROWS))


def test_a_function_as_metric_is_handed_in_again(path):
    aae = fit_tiny("map", metric=manhattan)
    with pytest.raises(TypeError, match=r"not the metric of .* without=\['metric'\]"):
        aae.save(path)
    found = saved(aae, path, metric=manhattan)
    assert found.metric is manhattan
    assert_same(found, aae)


def test_known_neighbors_are_handed_in_again(path):
    pair = known_neighbors(ROWS)
    aae = fit_tiny("map", metric=pair)
    with pytest.raises(TypeError, match=r"no known neighbours, and so not the metric"):
        aae.save(path)
    found = saved(aae, path, metric=pair)
    assert_same(found, aae)
    np.testing.assert_array_equal(found.transform(pair), aae.transform(pair))


@pytest.mark.parametrize(
    ("metric", "name", "value"),
    [
        ("manhattan", "rows", np.zeros((39, 5))),
        ("manhattan", "rows", np.zeros((40, 4))),
        ("manhattan", "members", np.full((40, 3), 40)),
        ("manhattan", "weights", np.zeros(2)),
        ("precomputed", "columns", np.full(40, 40)),
        ("precomputed", "columns", np.full(40, -1)),
        ("sparse", "indices", np.full(200, 5, dtype="i4")),
        ("sparse", "indptr", np.arange(41, dtype="i4") * 6),
    ],
)
def test_references_that_cannot_be_are_refused(path, metric, name, value):
    distances = np.linalg.norm(ROWS[:, None] - ROWS, axis=2)
    rows = distances if metric == "precomputed" else ROWS
    if metric == "sparse":
        rows, metric = sparse.csr_array(ROWS), "manhattan"
    fit_tiny("map", rows, metric=metric).save(path)
    header, arrays = read_file(path)
    arrays[f"layout.references.{name}"] = value
    write_file(path, header, arrays)
    with pytest.raises(ModelFileError, match="can make"):
        load(path)


@pytest.mark.parametrize(
    "metric",
    [
        {"kind": "Summed", "name": "print", "parameters": {"dict": {}}},
        {"kind": "Summed", "name": "minkowski", "parameters": {"dict": {"p": -1.0}}},
        {"kind": "Summed", "name": "minkowski", "parameters": {"dict": {"p": "x"}}},
        {"kind": "Summed", "name": "cityblock", "parameters": {"dict": {"out": 1}}},
        {"kind": "Counted", "name": "eval"},
        {"kind": "Own", "function": {"object": "print"}, "parameters": {"dict": {}}},
    ],
)
def test_metrics_that_cannot_be_are_refused(path, metric):
    fit_tiny("map", metric="manhattan").save(path)
    header, arrays = read_file(path)
    header["model"]["features"]["search"]["index"]["metric"] = metric
    write_file(path, header, arrays)
    with pytest.raises(ModelFileError, match="can make"):
        load(path)


@pytest.mark.parametrize("metric", ["cosine", "correlation", "hamming"])
def test_metrics_with_coordinates_are_saved(path, metric):
    aae = fit_tiny("map", metric=metric)
    found = saved(aae, path)
    np.testing.assert_array_equal(found.transform(ROWS), aae.transform(ROWS))


def test_any_parameter_may_be_left_out(path):
    aae = fit_tiny("papers", random_state=np.random.RandomState(np.random.PCG64(0)))
    assert saved(aae, path, random_state=7, prior="normal").random_state == 7


def test_what_was_not_left_out_is_not_handed_in(path):
    fit_tiny("papers").save(path)
    with pytest.raises(TypeError, match=r"\['metric'\] are in the file; use set_params"):
        load(path, metric="cosine")
    with pytest.raises(ValueError, match=r"without=\['unknown'\] are no parameters"):
        fit_tiny("papers").save(path, without=["unknown"])


def test_a_prior_that_changed_since_the_fit_is_kept_beside_the_fitted_one(path):
    aae = fit_tiny("papers").set_params(prior=NormalPrior(scale=3))
    found = saved(aae, path)
    assert (found.prior.scale, found.prior_.scale) == (3, 1)
    assert_same(found, aae)


class OwnAutoencoder(AdversarialAutoencoder):
    """A user's."""


def test_a_class_of_the_users_is_refused(path):
    aae = OwnAutoencoder(neighbor_weight=0, max_iter=1).fit(ROWS)
    with pytest.raises(TypeError, match="OwnAutoencoder is a class of yours"):
        aae.save(path)


class Stateful(torch.nn.Linear):
    """A module whose state is more than numbers."""

    def get_extra_state(self):
        return {"code": print}

    def set_extra_state(self, state):
        raise AssertionError


def test_modules_with_more_than_numbers_are_refused(path):
    aae = fit_tiny("papers", encoder_factory=lambda n, m: Stateful(n, m))
    with pytest.raises(TypeError, match=r"_extra_state of the networks holds no numbers"):
        aae.save(path, without=["encoder_factory"])


def test_a_factory_that_builds_another_network_is_refused(path):
    fit_tiny("papers", encoder_factory=linear_encoder).save(path, without=["encoder_factory"])
    with pytest.raises(ModelFileError, match=r"holds no model that aae_sklearn .* can make"):
        load(path, encoder_factory=lambda n, m: torch.nn.Sequential(torch.nn.Linear(n, m)))


def test_every_public_estimator_can_be_saved():
    public = [getattr(aae_sklearn, name) for name in aae_sklearn.__all__]
    kinds = {kind.__name__: kind for kind in public if isinstance(kind, type)}
    assert kinds == packing.ESTIMATORS


def test_an_estimator_that_is_not_fitted_has_nothing_to_save(path):
    with pytest.raises(NotFittedError):
        AdversarialAutoencoder().save(path)


# --- safety, size, speed --------------------------------------------------------------------


def test_a_failed_save_leaves_the_old_file(path, monkeypatch):
    aae = fit_tiny("papers")
    aae.save(path)

    def crash(*args):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "replace", crash)
    with pytest.raises(OSError, match="No space"):
        fit_tiny("map").save(path)
    monkeypatch.undo()
    assert_same(load(path), aae)


def test_a_file_of_a_later_version_names_the_cure(path):
    fit_tiny("papers").save(path)
    header, arrays = read_file(path)
    header["params"]["from_the_future"] = 1
    write_file(path, header, arrays)
    with pytest.raises(ModelFileError, match=r"can make: .*from_the_future.*written with {'aae_s"):
        load(path)


def test_sizes_are_checked_before_networks_are_built(path, monkeypatch):
    fit_tiny("papers").save(path)
    header, arrays = read_file(path)
    header["model"]["config"]["network"]["encoder_layer_sizes"] = [10**9]
    write_file(path, header, arrays)
    monkeypatch.setattr(_packing, "build_networks", lambda *args: pytest.fail("built"))
    with pytest.raises(ModelFileError, match="34 weights of the encoder, where its layers have 8"):
        load(path)


@pytest.fixture
def many(monkeypatch):
    """Enough rows for cells."""
    monkeypatch.setattr(defaults, "CELLS_MIN_POINTS", 1000)
    return np.random.RandomState(0).standard_normal((8000, 5))


def test_no_cells_are_made_on_reading(many, path, monkeypatch):
    aae = fit_tiny("map", many)
    index = aae._model.features.search.index
    assert len(index.order) > 100
    state = pickle.dumps(aae)
    aae.save(path)
    monkeypatch.setattr(_index, "make_cells", lambda points: pytest.fail("clustered"))
    for found in (load(path), pickle.loads(state)):
        twin = found._model.features.search.index
        for name, buffer in index.named_buffers():
            assert torch.equal(getattr(twin, name), buffer)
        assert_same(found, aae, many[:50])


def test_a_file_holds_references_codes_and_weights(many, path):
    aae = fit_tiny("map", many)
    aae.save(path)
    features, weights = aae._model.features, aae._model.networks.parameters()
    counted = features.search.index.points.nbytes + aae.embedding_.nbytes
    counted += features.table.nbytes + sum(w.nbytes for w in weights)
    typical = aae._model.typical  # what outlier_score compares with
    counted += typical.codes.nbytes + typical.parts.nbytes
    in_cells = 4 * features.search.index.order.numel()
    assert path.stat().st_size < counted + in_cells + 10_000
    assert len(pickle.dumps(aae)) < counted + in_cells + 10_000


@pytest.mark.parametrize(
    "order",
    [[[0, 1, 2]], [[0, 1, 2, 4]], [[0, 1, 1, 3]], [[0, 1, 2, 3, -2]], [[0, 1], [2, 3]], [[]]],
)
def test_an_order_that_compiled_code_must_not_follow_is_refused(order, path):
    fit_tiny("map", ROWS[:4], n_neighbors=2).save(path)
    header, arrays = read_file(path)
    arrays["layout.references.order"] = np.array(order, dtype=np.int32)
    write_file(path, header, arrays)
    with pytest.raises(ModelFileError, match="an order of shape"):
        load(path)


# --- other machines, other formats ----------------------------------------------------------


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_a_model_of_a_device_that_is_not_here_is_on_the_cpu(path):
    aae = fit_tiny("map").set_params(device="cuda")
    found = saved(aae, path)
    assert found.device == "cuda"
    assert found._model.device.type == "cpu"
    assert_same(found, aae)


def test_a_model_goes_to_the_device_that_its_parameter_names(path, monkeypatch):
    fit_tiny("map").set_params(device="auto").save(path)
    monkeypatch.setattr(packing, "resolve_device", lambda name: torch.device("meta"))
    assert_all_on(load(path)._model, "meta")


def test_a_pickle_goes_to_the_device_that_its_parameter_names(monkeypatch):
    pickled = pickle.dumps(fit_tiny("map").set_params(device="cuda"))
    monkeypatch.setattr(packing, "resolve_device", lambda name: torch.device("meta"))
    assert_all_on(pickle.loads(pickled)._model, "meta")


def assert_all_on(model, device):
    assert model.device.type == device
    assert {weight.device.type for weight in model.networks.parameters()} == {device}


def test_reading_leaves_global_generators_alone(path):
    aae = fit_tiny("papers", encoder_factory=linear_encoder)
    aae.save(path, without=["encoder_factory"])
    before = torch.get_rng_state(), np.random.get_state()[1].tobytes()
    load(path, encoder_factory=linear_encoder)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.random.get_state()[1].tobytes() == before[1]


@pytest.mark.parametrize("mmap_mode", [None, "r", "c"])
@pytest.mark.parametrize("kind", ["map", "papers"])
def test_joblib_reads_what_it_wrote(kind, mmap_mode, tmp_path):
    aae = fit_tiny(kind, warm_start=True)
    joblib.dump(aae, tmp_path / "aae.joblib")
    found = joblib.load(tmp_path / "aae.joblib", mmap_mode=mmap_mode)
    assert isinstance(found.embedding_, np.memmap) == (mmap_mode is not None)
    assert_same(found, aae)
    np.testing.assert_array_equal(found.fit(ROWS).embedding_, aae.fit(ROWS).embedding_)


@pytest.mark.parametrize("kind", ["map", "papers", "gaussian"])
def test_skops_reads_what_it_wrote(kind):
    skops = pytest.importorskip("skops.io")
    aae = fit_tiny(kind)
    file = skops.dumps(aae)
    trusted = skops.get_untrusted_types(data=file)
    assert all(name.startswith("aae_sklearn.") for name in trusted)
    assert_same(skops.loads(file, trusted=trusted), aae)


def test_the_page_lists_the_classes_that_skops_asks_for():
    skops = pytest.importorskip("skops.io")
    page = ROOT / "docs" / "saving.rst"
    if not page.exists():
        pytest.skip("the documentation is not in this copy of the sources")
    listed = re.search(r"TRUSTED = (\[.*?\])", page.read_text(encoding="utf-8"), re.DOTALL)[1]
    for kind in ("map", "papers", "universal"):
        asked = skops.get_untrusted_types(data=skops.dumps(fit_tiny(kind)))
        assert set(asked) == set(ast.literal_eval(listed))


@pytest.mark.parametrize("kind", KINDS)
def test_pickles_hold_what_files_hold(kind, path):
    aae = fit_tiny(kind, prior=EmpiricalPrior(ROWS[:, :2]))
    aae.save(path)
    assert len(pickle.dumps(aae)) < 1.2 * path.stat().st_size
    assert_same(pickle.loads(pickle.dumps(aae)), aae)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_is_fitted_again_alone(copied):
    aae = fit_tiny("map", metric=manhattan).partial_fit(ROWS)
    codes, twin = aae.transform(ROWS), copied(aae)
    assert_same(twin, aae)
    assert (twin._model is aae._model) == (copied is copy.copy)
    twin.partial_fit(ROWS[:20])
    assert twin.n_iter_ == aae.n_iter_ + 1
    np.testing.assert_array_equal(aae.transform(ROWS), codes)


def test_pickles_hold_objects_of_the_users_too():
    aae = fit_tiny("map", metric=manhattan, prior=CallablePrior(draw))
    twin = pickle.loads(pickle.dumps(aae))
    assert_same(twin, aae)
    assert twin.prior_ is twin._model.prior is twin.prior
