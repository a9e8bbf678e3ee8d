"""Graphs that onnxruntime runs, and modules of torch, against the estimator's own methods."""

import builtins
import copy
import math
import pickle

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.neighbors import NearestNeighbors

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.exceptions import NotExportableError
from aae_sklearn.model._graph import Value
from aae_sklearn.model._onnx_graph import OnnxGraph
from aae_sklearn.model._onnx_placing import _in_cells, _nearest
from aae_sklearn.neighbors._cells import CELL_SIZE
from aae_sklearn.neighbors._index import NeighborIndex
from aae_sklearn.priors import (
    BallPrior,
    EmpiricalPrior,
    GaussianMixturePrior,
    LaplacePrior,
    NormalPrior,
    Prior,
    ScipyPrior,
    SpherePrior,
    StudentTPrior,
    SwissRollPrior,
    UniformPrior,
)
from aae_sklearn.priors._formulas import closed_form, project
from aae_sklearn.runtime._algebra import TorchAlgebra, subtract
from aae_sklearn.settings import _defaults as defaults
from tests.conftest import MAP, SMALL

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
M = TorchAlgebra(torch.device("cpu"))
REASON = "exporting needs pip install 'aae-sklearn[onnx]'"
HEAVY = np.random.RandomState(0).standard_t(1, size=(500, 2))
PRIORS = {
    "normal": NormalPrior(5.0),
    "uniform": UniformPrior(0.0, 3.0),
    "laplace": LaplacePrior(2.0),
    "cauchy": StudentTPrior(1, scale=0.5),
    "t2": StudentTPrior(2, scale=2.0),
    "joint t": StudentTPrior(3, scale=2.0, multivariate=True),
    "ball": BallPrior(2.0),
    "sphere": SpherePrior(3.0),
    "mixture": GaussianMixturePrior(),
    "roll": SwissRollPrior(),
    "samples": EmpiricalPrior(HEAVY.clip(-3, 3)),
    "heavy samples": EmpiricalPrior(HEAVY),
    "scipy's norm": ScipyPrior(stats.norm(3, scale=2)),
    "scipy's uniform": ScipyPrior(stats.uniform(3, 4)),
    "scipy's logistic": ScipyPrior(stats.logistic(scale=2)),
    "scipy's t": ScipyPrior(stats.t(2, 1, 3)),
    "scipy's t by name": ScipyPrior(stats.t(loc=1, df=1)),
}
BOUNDED = ("ball", "uniform", "scipy's uniform")
KINDS = {
    "papers": {},
    "map": MAP,
    "gaussian": {"encoder": "gaussian"},
    "universal": {"encoder": "universal"},
    "map_gaussian": {**MAP, "encoder": "gaussian"},
    "map_universal": {**MAP, "encoder": "universal"},
    "per_feature": {"feature_scaling": "per_feature"},
    "map_per_feature": {**MAP, "feature_scaling": "per_feature"},
    "map_cosine": {**MAP, "metric": "cosine"},
    "map_seuclidean": {
        **MAP,
        "metric": "seuclidean",
        "metric_params": {"V": np.linspace(1, 2, 64)},
    },
    "map_mahalanobis": {**MAP, "metric": "mahalanobis", "metric_params": {"VI": np.eye(64)}},
    "line": {**MAP, "n_components": 1},
    "wide": {"n_components": 8},
    "relu": {"activation": "relu", "hidden_layer_sizes": (16, 8)},
    "gelu": {"activation": "gelu"},
    "tanh": {"activation": "tanh"},
    "no_layers": {"hidden_layer_sizes": ()},
    "parametric": {**MAP, "parametric": True},
}


def fit(train, **params):
    return AdversarialAutoencoder(**{"random_state": 0, "device": "cpu", **SMALL, **params}).fit(
        train
    )


def run(aae, folder, what, rows):
    """What onnxruntime makes of rows."""
    pytest.importorskip("onnx", reason=REASON)
    aae.to_onnx(folder / "model.onnx", what)
    return run_graph(folder / "model.onnx", rows)


def run_graph(graph, rows):
    """What onnxruntime makes of rows with a graph, or with the file of one."""
    runtime = pytest.importorskip("onnxruntime", reason=REASON)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(graph, options)
    return session.run(None, {session.get_inputs()[0].name: rows.astype(np.float32)})[0]


@pytest.fixture(scope="session")
def rows(digits):
    """Rows to fit and rows held out, in float32."""
    return digits[:300].astype(np.float32), digits[300:420].astype(np.float32)


def check_all(aae, folder, held_out, atol=1e-5):
    """Compare a graph of each kind with the estimator, in units of the prior and of the rows."""
    codes = aae.transform(held_out)
    found = run(aae, folder, "transform", held_out)
    assert found.dtype == np.float32
    unit = 1 + np.abs(codes)
    # Where two references are equally far, or two groups as likely, rounding decides.
    assert np.mean((np.abs(found - codes) / unit).max(axis=1) > atol) <= 0.01
    decoded = aae.inverse_transform(codes)
    np.testing.assert_allclose(
        run(aae, folder, "inverse_transform", codes), decoded, atol=atol * np.abs(held_out).max()
    )
    working = aae.prior_.sample_working(50, codes.shape[1], 0).astype(np.float32)
    samples = aae.inverse_transform(aae.prior_.from_working(working))
    np.testing.assert_allclose(
        run(aae, folder, "sample_to_rows", working), samples, atol=atol * np.abs(held_out).max()
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_graph_computes_what_the_estimator_does(kind, rows, tmp_path):
    check_all(fit(rows[0], **KINDS[kind]), tmp_path, rows[1])


@pytest.mark.parametrize("name", PRIORS)
@pytest.mark.parametrize("params", [{}, MAP], ids=["papers", "map"])
def test_a_graph_gives_codes_in_the_unit_of_the_prior(name, params, rows, tmp_path):
    check_all(fit(rows[0], prior=PRIORS[name], max_iter=1, **params), tmp_path, rows[1])


@pytest.mark.parametrize("params", [{}, MAP], ids=["papers", "map"])
def test_a_graph_decodes_probabilities(params, rows, tmp_path):
    aae = fit(rows[0] / 16, reconstruction_loss="log_loss", **params)
    check_all(aae, tmp_path, rows[1] / 16)


@pytest.mark.parametrize("params", [{}, MAP], ids=["papers", "map"])
def test_a_large_offset_costs_no_digits(params, rows, tmp_path):
    offset = np.float32(2**17)  # rows of whole numbers, all of which float32 holds
    aae = fit(rows[0] + offset, **params)
    codes = aae.transform(rows[1] + offset)
    found = run(aae, tmp_path, "transform", rows[1] + offset)
    np.testing.assert_allclose(found, codes, atol=1e-5)


def test_weights_of_references_are_as_sharp_as_the_model_has_them(rows, tmp_path):
    aae = fit(np.sin(np.outer(np.linspace(0, 1, 300), np.arange(1, 9))), **MAP)
    assert aae._model.features.sharpness > 1.5
    check_all(aae, tmp_path, aae.inverse_transform(aae.embedding_))


def test_few_references_are_enough(rows, tmp_path):
    for n_rows in (2, 3, 9):
        aae = fit(rows[0][:n_rows], **{**MAP, "n_neighbors": 2})
        np.testing.assert_allclose(
            run(aae, tmp_path, "transform", rows[1]), aae.transform(rows[1]), atol=1e-5
        )


def check_nearest(index, x, n_nearest):
    """Compare what a graph finds with what the index finds."""
    g = OnnxGraph(pytest.importorskip("onnx", reason=REASON))
    found, _ = _nearest(g, index, Value(g, "rows"), n_nearest)
    numbers = g.constant(_in_cells(torch.arange(len(index.points)), index))
    graph = g.model("rows", x.shape[1], g.gather(numbers, found), "found", n_nearest)
    expected = index.query(torch.from_numpy(x), n_nearest).index
    np.testing.assert_array_equal(run_graph(graph.SerializeToString(), x), expected)


def test_a_graph_finds_what_is_found_in_cells(monkeypatch):
    monkeypatch.setattr(defaults, "CELLS_MIN_POINTS", 1_000)
    points, x = np.split(
        np.random.RandomState(0).standard_normal((9_300, 6)).astype("f4"), [9_000]
    )
    index = NeighborIndex(torch.from_numpy(points))
    assert index.n_visited(15) < len(index.order)
    among_all = NearestNeighbors(n_neighbors=15).fit(points).kneighbors(x, return_distance=False)
    assert (index.query(torch.from_numpy(x), 15).index.numpy() != among_all).any()
    check_nearest(index, x, 15)


def test_a_graph_compares_all_where_the_nearest_cells_have_too_few_points():
    x = np.random.RandomState(0).standard_normal((400, 6)).astype("f4")
    order = torch.full((200, CELL_SIZE), -1)
    order[:, 0] = torch.arange(200)
    order[:100, 1:3] = torch.arange(200, 400).reshape(100, 2)  # in 20 cells 20 to 60 points
    index = NeighborIndex(torch.from_numpy(x), order)
    assert index.n_visited(20) < len(index.order)
    check_nearest(index, x, 20)


def test_a_row_without_direction_is_placed(rows, tmp_path):
    train, held_out = (np.where(np.arange(64) < 40, some, 0) for some in rows)
    train, held_out = train.astype("f4"), held_out.astype("f4")
    train[:30] = held_out[0] = 0
    aae = fit(train, **{**MAP, "metric": "cosine"})
    np.testing.assert_allclose(
        run(aae, tmp_path, "transform", held_out[1:]), aae.transform(held_out[1:]), atol=1e-5
    )
    assert np.isfinite(run(aae, tmp_path, "transform", held_out)).all()


def test_normal_numbers_are_moved_to_the_sphere(rows, tmp_path):
    aae = fit(rows[0], prior="sphere")
    u = np.random.RandomState(0).standard_normal((20, 2))
    codes = u / np.linalg.norm(u, axis=1, keepdims=True)
    np.testing.assert_allclose(
        run(aae, tmp_path, "sample_to_rows", u), aae.inverse_transform(codes), atol=1e-4
    )


def test_a_graph_states_its_opset_and_its_names(rows, tmp_path):
    onnx = pytest.importorskip("onnx", reason=REASON)
    fit(rows[0]).to_onnx(tmp_path / "model.onnx")
    model = onnx.load(tmp_path / "model.onnx")
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 17)]
    assert [value.name for value in model.graph.input] == ["rows"]
    assert [value.name for value in model.graph.output] == ["codes"]
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "n_rows"


def half_normal(n_samples, n_components, random_state):
    return np.abs(random_state.standard_normal((n_samples, n_components)))


class Cubed(NormalPrior):
    def from_working(self, working):
        return np.asarray(working) ** 3

    def to_working(self, codes):
        return np.cbrt(codes)


class Bent(SwissRollPrior):
    def from_working(self, working):
        return np.asarray(working) ** 3


class Kept(Prior):
    def sample(self, n_samples, n_components, random_state=None):
        return half_normal(n_samples, n_components, np.random.RandomState(0))


class Mirrored(Kept):
    def project(self, working):
        return working.abs()


REFUSED = {
    "df": ({"prior": StudentTPrior(3)}, "df=1 and df=2"),
    "ball": ({"prior": "ball", "n_components": 3}, "n_components=2 only"),
    "scipy": ({"prior": stats.gumbel_r()}, "gumbel_r"),
    "bijection": ({"prior": Cubed()}, "Cubed"),
    "standardisation": ({"prior": Bent()}, "Bent"),
    "project": ({"prior": Mirrored()}, "Mirrored"),
    "metric": ({**MAP, "metric": "manhattan"}, "metric"),
    "correlation": ({**MAP, "metric": "correlation"}, "UnitLength"),
    "factory": ({"encoder_factory": torch.nn.Linear}, "encoder_factory"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_code_is_refused(case, rows, tmp_path):
    pytest.importorskip("onnx", reason=REASON)
    params, reason = REFUSED[case]
    aae = fit(rows[0], max_iter=1, **params)
    with pytest.raises(NotExportableError, match=reason):
        aae.to_onnx(tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


def test_samples_need_no_bijection(rows, tmp_path):
    aae = fit(rows[0], prior=StudentTPrior(3))
    u = aae.prior_.sample_working(20, 2, 0)
    expected = aae.inverse_transform(aae.prior_.from_working(u))
    np.testing.assert_allclose(run(aae, tmp_path, "sample_to_rows", u), expected, atol=1e-4)


def test_priors_without_a_bijection_are_the_identity(rows, tmp_path):
    aae = fit(rows[0], prior=Kept())
    expected = aae.transform(rows[1])
    np.testing.assert_allclose(run(aae, tmp_path, "transform", rows[1]), expected, atol=1e-5)


def test_without_onnx_the_message_says_what_to_install(rows, tmp_path, monkeypatch):
    imported = builtins.__import__

    def without_onnx(name, *args, **kwargs):
        if name.partition(".")[0] == "onnx":
            raise ImportError(name)
        return imported(name, *args, **kwargs)

    aae = fit(rows[0])
    monkeypatch.setattr(builtins, "__import__", without_onnx)
    with pytest.raises(ImportError, match=r"pip install 'aae-sklearn\[onnx\]'"):
        aae.to_onnx(tmp_path / "model.onnx")


@pytest.mark.parametrize("method", ["to_onnx", "as_module"])
def test_an_unknown_direction_is_refused(method, rows, tmp_path):
    aae = fit(rows[0])
    args = [tmp_path / "model.onnx"] if method == "to_onnx" else []
    with pytest.raises(ValueError, match="what must be one of 'transform', 'inverse_transform'"):
        getattr(aae, method)(*args, what="sample")


# Formulas, without onnx.


@pytest.mark.parametrize("name", PRIORS)
def test_formulas_are_the_bijection(name):
    prior = PRIORS[name]
    form = closed_form(prior, 2)
    u = np.random.RandomState(1).standard_normal((2000, 2)) * np.linspace(0.01, 2.5, 2000)[:, None]
    if name == "sphere":
        u = prior.sample_working(2000, 2, 0)
    u = u.astype(np.float32)
    codes = prior.from_working(u)
    found = form.from_working(M, torch.from_numpy(u)).numpy()
    np.testing.assert_array_less(np.abs(found - codes) / (1 + np.abs(codes)), 1e-5)
    codes = codes.astype(np.float32)
    inside = np.linalg.norm(u, axis=1) < (3.5 if name in BOUNDED else 9.0)
    back = form.to_working(M, torch.from_numpy(codes)).numpy()
    # Near an end of the support float32 itself has few digits.
    atol = 2e-4 if name in BOUNDED else 1e-5
    np.testing.assert_allclose(back[inside], prior.to_working(codes)[inside], atol=atol)


@pytest.mark.parametrize("name", PRIORS)
def test_formulas_are_finite_far_out_and_at_zero(name):
    form = closed_form(PRIORS[name], 2)
    far = torch.tensor([[0.0, 0.0], [-0.0, 1e-30], [9.0, -9.0], [12.0, 0.0]])
    assert form.from_working(M, far).isfinite().all()
    codes = torch.tensor([[0.0, 0.0], [1e-30, 0.0], [1e6, -1e6], [1e12, 0.0]])
    assert form.to_working(M, codes).isfinite().all()


def test_project_is_that_of_the_prior():
    u = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    for prior in (SpherePrior(2.0), NormalPrior()):
        torch.testing.assert_close(project(M, prior, u, 3), prior.project(u))


def test_a_difference_to_a_float64_number_is_exact():
    x = torch.tensor([1e6 + 0.5, 1e6 - 0.25])
    number = np.array([1e6 + 0.123456789, 1e6])
    expected = x.double().numpy() - number
    np.testing.assert_allclose(subtract(M, x, number), expected, rtol=1e-6)


# Modules.


@pytest.mark.parametrize("params", [{}, MAP, {"prior": "cauchy"}], ids=["papers", "map", "cauchy"])
def test_a_module_computes_what_the_estimator_does(params, rows):
    aae = fit(rows[0], **params)
    codes = aae.transform(rows[1])
    module = aae.as_module()
    for copied in (module, copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        found = copied(torch.from_numpy(rows[1])).detach().numpy()
        np.testing.assert_allclose(found, codes, rtol=1e-5, atol=1e-5)
    decoded = aae.as_module("inverse_transform")(torch.from_numpy(codes)).detach()
    np.testing.assert_allclose(decoded, aae.inverse_transform(codes), atol=1e-4)


@pytest.mark.parametrize("scaling", ["common", "per_feature"])
@pytest.mark.parametrize("params", [{}, MAP, {"parametric": True}], ids=["game", "map", "taught"])
def test_wild_cells_are_read_within_bounds(params, scaling, rows, tmp_path):
    aae = fit(rows[0], feature_scaling=scaling, **params)
    wild = rows[1].copy()
    wild[3, 10], wild[5, 20] = 1e9, -1e30
    codes = aae.transform(wild)
    found = aae.as_module()(torch.from_numpy(wild)).detach().numpy()
    np.testing.assert_allclose(found, codes, rtol=1e-4, atol=1e-4)
    by_graph = run(aae, tmp_path, "transform", wild)
    others = np.setdiff1d(np.arange(len(wild)), [3, 5])
    np.testing.assert_allclose(by_graph[others], codes[others], rtol=1e-4, atol=1e-4)
    # Squared distances of far rows are rounded in float32, and which row is nearer hangs on it.
    np.testing.assert_allclose(by_graph[[3, 5]], codes[[3, 5]], atol=2e-3)


def test_a_module_of_the_users_network_needs_no_formula(rows):
    aae = fit(rows[0], encoder_factory=torch.nn.Linear)
    found = aae.as_module()(torch.from_numpy(rows[1])).detach()
    np.testing.assert_allclose(found, aae.transform(rows[1]), atol=1e-5)


@pytest.mark.parametrize("name", PRIORS)
def test_gradients_reach_the_rows_of_the_papers_model(name, rows):
    aae = fit(rows[0], prior=PRIORS[name], max_iter=1)
    module = aae.as_module()
    assert module.differentiable
    x = torch.from_numpy(rows[1][:4].copy()).requires_grad_()
    direction = torch.zeros(4, 64)
    direction[:, 20] = 1
    module(x)[:, 0].sum().backward()
    step = 0.05
    with torch.no_grad():
        rise = module(x + step * direction) - module(x - step * direction)
    slope = rise[:, 0] / (2 * step)
    np.testing.assert_allclose((x.grad * direction).sum(dim=1), slope, rtol=0.05, atol=2e-3)


@pytest.mark.parametrize("name", PRIORS)
def test_gradients_reach_the_codes(name, rows):
    aae = fit(rows[0], prior=PRIORS[name], max_iter=1)
    codes = torch.from_numpy(aae.transform(rows[1][:4])).requires_grad_()
    aae.as_module("inverse_transform")(codes).square().sum().backward()
    assert codes.grad.isfinite().all()
    assert codes.grad.abs().max() > 0


def test_gradients_stop_at_a_place_and_reach_the_weights(rows):
    module = fit(rows[0], **MAP).as_module()
    assert not module.differentiable
    x = torch.from_numpy(rows[1][:4].copy()).requires_grad_()
    module(x).sum().backward()
    assert x.grad is None
    assert all(weights.grad is not None for weights in module.encoder.parameters())


@pytest.mark.filterwarnings("ignore")  # of torch about tracing
@pytest.mark.parametrize("with_gradients", [True, False])
def test_a_traced_module_takes_any_number_of_rows(rows, with_gradients):
    aae = fit(rows[0])
    x = torch.from_numpy(rows[1])
    with torch.set_grad_enabled(with_gradients):
        module = aae.as_module().eval()
        module(x)  # which tries out how rows come out
        traced = torch.jit.trace(module, x[:4])
        found = traced(x[:9]).detach()
    np.testing.assert_allclose(found, aae.transform(rows[1][:9]), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("params", [{}, MAP], ids=["game", "map"])
def test_a_module_takes_float64_and_no_rows(rows, params):
    aae = fit(rows[0], **params)
    module = aae.as_module()
    double = module(torch.from_numpy(rows[1].astype(np.float64))).detach()
    np.testing.assert_allclose(double, aae.transform(rows[1]), rtol=1e-4, atol=1e-4)
    assert module(torch.empty(0, rows[1].shape[1])).shape == (0, 2)


def test_a_module_leaves_the_model_alone(rows):
    aae = fit(rows[0])
    before = aae.transform(rows[1])
    module = aae.as_module()
    with torch.no_grad():
        for weights in module.parameters():
            weights.fill_(math.pi)
    np.testing.assert_array_equal(aae.transform(rows[1]), before)


class HalfNormal(stats.rv_continuous):
    def _pdf(self, x):
        return np.sqrt(2 / np.pi) * np.exp(-(x**2) / 2)


def test_a_name_of_scipy_does_not_make_a_law():
    prior = ScipyPrior(HalfNormal(a=0, name="norm")())
    with pytest.raises(NotExportableError, match="HalfNormal"):
        closed_form(prior, 2)


def test_known_neighbors_are_refused(rows, tmp_path):
    pytest.importorskip("onnx", reason=REASON)
    distances, indices = NearestNeighbors(n_neighbors=16).fit(rows[0]).kneighbors(rows[0])
    aae = fit(rows[0], **{**MAP, "metric": (indices, distances), "n_neighbors": 5})
    with pytest.raises(NotExportableError, match="metric"):
        aae.to_onnx(tmp_path / "model.onnx")
