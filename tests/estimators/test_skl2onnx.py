"""Pipelines become one graph by skl2onnx."""

import builtins

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from aae_sklearn import register_onnx_converter
from aae_sklearn.exceptions import NotExportableError
from tests.conftest import MAP

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
REASON = "converting needs pip install 'aae-sklearn[onnx]'"


def run(pipeline, rows, **options):
    """What onnxruntime makes of rows."""
    skl2onnx = pytest.importorskip("skl2onnx", reason=REASON)
    runtime = pytest.importorskip("onnxruntime", reason=REASON)
    register_onnx_converter()
    graph = skl2onnx.to_onnx(pipeline, rows[:1], **options)
    session = runtime.InferenceSession(graph.SerializeToString())
    return session.run(None, {session.get_inputs()[0].name: rows})[0]


def assert_near(found, codes):
    assert found.dtype == np.float32
    # Where two references are equally far, or two groups as likely, rounding decides.
    difference = (np.abs(found - codes) / (1 + np.abs(codes))).max(axis=1)
    assert np.mean(difference > 1e-4) <= 0.01


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("params", [{}, MAP, {**MAP, "metric": "cosine"}, {"prior": "cauchy"}])
def test_a_pipeline_becomes_a_graph(make_aae, train, held_out, params, dtype):
    pipeline = make_pipeline(StandardScaler(), make_aae(**params)).fit(train)
    assert_near(run(pipeline, held_out.astype(dtype)), pipeline.transform(held_out))


@pytest.mark.parametrize("opset", [17, 18, 21])
def test_graphs_of_several_opsets(make_aae, train, held_out, opset):
    params = {**MAP, "metric": "cosine", "prior": "sphere", "n_components": 3}
    pipeline = make_pipeline(MinMaxScaler(), make_aae(**params)).fit(train)
    found = run(pipeline, held_out.astype("f4"), target_opset={"": opset, "ai.onnx.ml": 3})
    assert_near(found, pipeline.transform(held_out))


def test_an_autoencoder_may_stand_twice_and_alone(make_aae, train, held_out):
    aae = make_aae().fit(train)
    assert_near(run(aae, held_out.astype("f4")), aae.transform(held_out))
    pipeline = make_pipeline(make_aae(8), make_aae()).fit(train)
    assert_near(run(pipeline, held_out.astype("f4")), pipeline.transform(held_out))


def test_what_has_no_graph_is_refused(make_aae, train):
    pipeline = make_pipeline(StandardScaler(), make_aae(metric="manhattan", **MAP)).fit(train)
    with pytest.raises(NotExportableError):
        run(pipeline, train.astype("f4"))


def test_a_missing_package_is_named(monkeypatch):
    def without(name, *args, **kwargs):
        if name.startswith("skl2onnx"):
            raise ImportError
        return import_module(name, *args, **kwargs)

    import_module = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install 'aae-sklearn\[onnx\]'"):
        register_onnx_converter()
