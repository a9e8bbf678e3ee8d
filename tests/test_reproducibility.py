"""One seed, one answer; one row, one code; and nobody else's randomness is touched."""

import random

import numpy as np
import pytest
import torch
from scipy import sparse

from aae_sklearn import load
from aae_sklearn.exceptions import NonFiniteLossError
from aae_sklearn.settings import _defaults as defaults
from tests.conftest import MAP
from tests.factories import conv_decoder, conv_encoder

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

KINDS = {
    "float64": lambda rows: rows,
    "float32": lambda rows: rows.astype(np.float32),
    "csr_matrix": sparse.csr_matrix,
    "csr_array": sparse.csr_array,
}


@pytest.fixture(params=KINDS)
def rows(request, digits):
    """More rows than one chunk of the inference holds, as each kind of input."""
    return KINDS[request.param](digits[:700])


def test_order_does_not_change_codes(fitted, rows):
    order = np.random.RandomState(0).permutation(rows.shape[0])
    np.testing.assert_array_equal(fitted.transform(rows[order]), fitted.transform(rows)[order])


def test_subset_does_not_change_codes(fitted, rows):
    chosen = np.flatnonzero(np.random.RandomState(1).uniform(size=rows.shape[0]) < 0.3)
    np.testing.assert_array_equal(fitted.transform(rows[chosen]), fitted.transform(rows)[chosen])


def test_one_by_one_gives_the_same_codes(fitted, rows):
    some = rows[250:262]
    one_by_one = np.concatenate([fitted.transform(some[[i]]) for i in range(12)])
    np.testing.assert_array_equal(one_by_one, fitted.transform(rows)[250:262])


@pytest.mark.parametrize("n_rows", [1, 2, 31, 255, 256, 257, 600])
def test_batching_does_not_change_codes(fitted, rows, n_rows):
    cuts = range(0, rows.shape[0], n_rows) if n_rows > 30 else range(0, 5 * n_rows, n_rows)
    parts = np.concatenate([fitted.transform(rows[cut : cut + n_rows]) for cut in cuts])
    np.testing.assert_array_equal(parts, fitted.transform(rows)[: len(parts)])


@pytest.mark.parametrize("n_rows", [256, 100, 69, 7])
def test_order_does_not_change_codes_among_many_references(make_aae, digits, monkeypatch, n_rows):
    """Their distances are computed for fewer rows at a time than a chunk has."""
    aae = make_aae(**MAP).fit(digits[:500])
    monkeypatch.setattr(defaults, "DISTANCE_ELEMENTS", n_rows * 500)
    codes = aae.transform(digits)
    order = np.random.RandomState(0).permutation(len(digits))
    np.testing.assert_array_equal(aae.transform(digits[order]), codes[order])
    np.testing.assert_array_equal(aae.transform(digits[3:4]), codes[3:4])


def test_decoding_does_not_depend_on_other_codes(fitted, digits):
    codes = fitted.transform(digits[:700])
    decoded = fitted.inverse_transform(codes)
    np.testing.assert_array_equal(fitted.inverse_transform(codes[[300]]), decoded[[300]])
    np.testing.assert_array_equal(fitted.inverse_transform(codes[::-1])[::-1], decoded)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"encoder": "gaussian", "n_components": 3},
        {"encoder": "universal", "prior": "uniform"},
        {"prior": "cauchy", "n_components": 1},
        {"prior": "sphere", "n_components": 3},
        {"early_stopping": True},
        {"precision": "bfloat16"},
        MAP,
        {**MAP, "early_stopping": True, "prior": "uniform"},
        {**MAP, "prior": "sphere", "n_components": 3},
        {"encoder_factory": conv_encoder, "decoder_factory": conv_decoder},
    ],
    ids=lambda params: "-".join(params) or "game",
)
def test_fit_transform_is_transform(make_aae, digits, params):
    aae = make_aae(**params)
    codes = aae.fit_transform(digits[:300])
    np.testing.assert_array_equal(codes, aae.transform(digits[:300]))
    np.testing.assert_array_equal(codes, aae.embedding_)
    np.testing.assert_array_equal(codes[7:8], aae.transform(digits[7:8]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("params", [{}, MAP], ids=["game", "map"])
def test_fit_transform_is_transform_for_any_input(make_aae, digits, kind, params):
    rows = KINDS[kind](digits[:300])
    aae = make_aae(**params)
    np.testing.assert_array_equal(aae.fit_transform(rows), aae.transform(rows))


@pytest.mark.parametrize(
    "params",
    [{}, MAP, {"encoder": "gaussian"}, {"encoder_factory": conv_encoder}],
    ids=["game", "map", "gaussian", "factory with dropout"],
)
def test_one_seed_gives_the_same_codes(make_aae, train, params):
    codes = make_aae(**params).fit_transform(train)
    random.seed(5)
    np.random.seed(5)
    torch.manual_seed(5)
    np.testing.assert_array_equal(make_aae(**params).fit_transform(train), codes)


def test_another_seed_gives_other_codes(make_aae, train):
    codes = make_aae(random_state=1).fit_transform(train)
    assert np.abs(make_aae(random_state=2).fit_transform(train) - codes).max() > 0.01


def test_random_state_instance_goes_on(make_aae, train):
    state = np.random.RandomState(3)
    first = make_aae(random_state=state).fit_transform(train)
    second = make_aae(random_state=state).fit_transform(train)
    same = make_aae(random_state=np.random.RandomState(3)).fit_transform(train)
    np.testing.assert_array_equal(first, same)
    assert np.abs(first - second).max() > 0.01


def test_none_differs_from_fit_to_fit_whatever_the_global_seed(make_aae, train):
    np.random.seed(0)
    first = make_aae(random_state=None).fit_transform(train)
    np.random.seed(0)
    second = make_aae(random_state=None).fit_transform(train)
    assert np.abs(first - second).max() > 0.01


def test_samples_follow_their_seed(fitted):
    np.testing.assert_array_equal(fitted.sample(20, random_state=0), fitted.sample(20, 0))
    assert np.any(fitted.sample(20, random_state=0) != fitted.sample(20, random_state=1))
    assert np.any(fitted.sample(20) != fitted.sample(20))


def global_states():
    """Everything that a global seed would set."""
    kind, keys, *rest = np.random.get_state()
    return (
        random.getstate(),
        (kind, keys.tobytes(), *rest),
        torch.get_rng_state().numpy().tobytes(),
        torch.initial_seed(),
    )


@pytest.fixture(params=[0, None], ids=["seed", "no seed"])
def random_state(request):
    return request.param


@pytest.mark.parametrize(
    "params",
    [
        MAP,
        {"encoder": "gaussian", "prior": "student_t"},
        {"early_stopping": True, "prior": "gaussian_mixture"},
        {"encoder_factory": conv_encoder, "decoder_factory": conv_decoder},
    ],
    ids=["map", "gaussian", "early stopping", "factories"],
)
def test_global_states_stay_the_same(make_aae, train, params, random_state):
    before = global_states()
    aae = make_aae(random_state=random_state, **params).fit(train)
    aae.transform(train)
    aae.sample(5, random_state=random_state)
    aae.sample_codes(train, random_state=random_state)
    aae.inverse_transform(aae.embedding_)
    assert global_states() == before


def test_global_states_stay_the_same_when_training_fails(make_aae, train, random_state):
    before = global_states()
    aae = make_aae(random_state=random_state, learning_rate_init=1e30)
    with pytest.raises(NonFiniteLossError):
        aae.fit(train)
    assert global_states() == before


def draw_and_fail(n_features, n_components):
    """A factory that uses the global generator, then breaks."""
    torch.rand(3)
    raise RuntimeError("no network today")


def test_global_states_stay_the_same_when_a_factory_fails(make_aae, train, random_state):
    before = global_states()
    with pytest.raises(RuntimeError, match="no network today"):
        make_aae(random_state=random_state, encoder_factory=draw_and_fail).fit(train)
    assert global_states() == before


@pytest.fixture
def torch_settings():
    """Restore torch's settings afterwards."""
    dtype, threads = torch.get_default_dtype(), torch.get_num_threads()
    yield
    torch.set_float32_matmul_precision("highest")
    torch.backends.fp32_precision = "none"
    for matmul in (torch.backends.cuda.matmul, torch.backends.mkldnn.matmul):
        matmul.fp32_precision = "none"
    torch.set_default_dtype(dtype)
    torch.set_num_threads(threads)
    torch.set_default_device(None)
    torch.use_deterministic_algorithms(False)


def set_attribute(owner, name, value):
    return lambda: setattr(owner, name, value)


SETTINGS = {
    "matmul precision": lambda: torch.set_float32_matmul_precision("medium"),
    "of all products": set_attribute(torch.backends, "fp32_precision", "bf16"),
    "of the processor's": set_attribute(torch.backends.mkldnn.matmul, "fp32_precision", "bf16"),
    "of a GPU's": set_attribute(torch.backends.cuda.matmul, "fp32_precision", "tf32"),
    "of a GPU's, before torch 2.9": set_attribute(torch.backends.cuda.matmul, "allow_tf32", True),
    "default type": lambda: torch.set_default_dtype(torch.float64),
    "default device": lambda: torch.set_default_device("meta"),
    "deterministic": lambda: torch.use_deterministic_algorithms(True),
    "threads": lambda: torch.set_num_threads(torch.get_num_threads() % 2 + 1),
}


@pytest.mark.parametrize(
    "params", [{}, MAP, {"encoder": "universal"}], ids=["game", "map", "universal"]
)
@pytest.mark.parametrize("setting", SETTINGS)
def test_torch_settings_do_not_change_codes(
    make_aae, train, held_out, torch_settings, setting, params
):
    aae = make_aae(**params).fit(train)
    codes = aae.transform(held_out)
    decoded, scores = aae.inverse_transform(codes), aae.outlier_score(held_out)
    SETTINGS[setting]()
    np.testing.assert_array_equal(aae.transform(held_out), codes)
    np.testing.assert_array_equal(aae.outlier_score(held_out), scores)
    np.testing.assert_array_equal(aae.inverse_transform(codes), decoded)


@pytest.mark.parametrize("params", [{}, MAP], ids=["game", "map"])
@pytest.mark.parametrize("setting", ["default type", "default device"])
def test_defaults_of_new_tensors_do_not_change_a_fit(
    make_aae, train, held_out, torch_settings, setting, params, tmp_path
):
    aae = make_aae(**params).fit(train)
    codes, more = aae.transform(held_out), aae.partial_fit(train[:100]).transform(held_out)
    SETTINGS[setting]()
    aae = make_aae(**params).fit(train)
    np.testing.assert_array_equal(aae.transform(held_out), codes)
    aae.save(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(load(tmp_path / "model.safetensors").transform(held_out), codes)
    np.testing.assert_array_equal(aae.partial_fit(train[:100]).transform(held_out), more)


def test_many_threads_do_not_change_codes_of_wide_rows(make_aae, torch_settings):
    """Eight share out the sums of a product of few such rows, if they are let."""
    rows = np.random.RandomState(0).standard_normal((300, 800)).astype(np.float32)
    aae = make_aae(**MAP).fit(rows)
    torch.set_num_threads(1)
    codes = aae.transform(rows)
    torch.set_num_threads(8)
    np.testing.assert_array_equal(aae.transform(rows), codes)


def test_a_map_is_the_same_whatever_is_computed_beside(
    make_aae, train, torch_settings, monkeypatch
):
    monkeypatch.setattr(defaults, "SIDE_BY_SIDE_ROWS", 1)
    codes = []
    for n_threads in (1, 2, 4):
        torch.set_num_threads(n_threads)
        codes.append(make_aae(**MAP).fit_transform(train))
    np.testing.assert_array_equal(codes[1:], [codes[0]] * 2)


def precisions():
    """What torch's settings of precision are; None where it does not tell."""
    backends = torch.backends
    kinds = (backends, backends.cuda.matmul, backends.cudnn.conv, backends.mkldnn.matmul)
    try:
        of_matrices = torch.get_float32_matmul_precision()
    except RuntimeError:
        of_matrices = None
    return [of_matrices, *(kind.fp32_precision for kind in kinds)]


@pytest.mark.parametrize("setting", SETTINGS)
def test_transform_leaves_the_precision_of_products_alone(
    fitted, held_out, torch_settings, setting
):
    SETTINGS[setting]()
    before = precisions()
    fitted.transform(held_out)
    assert precisions() == before


def test_allowing_and_forbidding_tf32_again(fitted, held_out, torch_settings):
    codes = fitted.transform(held_out)
    for allowed in (True, False):
        torch.backends.cuda.matmul.allow_tf32 = allowed
        np.testing.assert_array_equal(fitted.transform(held_out), codes)


def test_autocast_does_not_change_codes(fitted, held_out):
    codes = fitted.transform(held_out)
    with torch.autocast("cpu", torch.bfloat16):
        np.testing.assert_array_equal(fitted.transform(held_out), codes)


@pytest.mark.parametrize(
    "context",
    [
        torch.no_grad,
        torch.inference_mode,
        lambda: torch.autocast("cpu", torch.bfloat16),
    ],
    ids=["no_grad", "inference_mode", "autocast"],
)
@pytest.mark.parametrize("params", [{}, MAP], ids=["game", "map"])
def test_contexts_of_torch_do_not_change_a_fit(make_aae, train, context, params):
    codes = make_aae(precision="float32", **params).fit_transform(train)
    with context():
        inside = make_aae(precision="float32", **params).fit_transform(train)
    np.testing.assert_array_equal(inside, codes)


@pytest.mark.parametrize("params", [{}, MAP], ids=["game", "map"])
@pytest.mark.parametrize("setting", ["matmul precision", "of all products", "default type"])
def test_torch_settings_do_not_change_a_fit(make_aae, train, torch_settings, setting, params):
    codes = make_aae(precision="float32", **params).fit_transform(train)
    SETTINGS[setting]()
    again = make_aae(precision="float32", **params).fit_transform(train)
    np.testing.assert_array_equal(again, codes)


def test_refit_forgets_the_last_fit(make_aae, train, held_out):
    aae = make_aae()
    codes = aae.fit_transform(train)
    aae.fit(held_out)
    np.testing.assert_array_equal(aae.fit_transform(train), codes)
