"""Principal components, there and back."""

import numpy as np
import pytest
import torch
from scipy import sparse
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

from aae_sklearn.rows._rotation import Rotation, fit_rotation, n_lasting
from aae_sklearn.rows._scaling import fit_standardizer
from aae_sklearn.settings import _defaults as defaults

KINDS = {
    "float64": lambda rows: rows,
    "float32": lambda rows: rows.astype(np.float32),
    "csr_array": sparse.csr_array,
    "csr_matrix": sparse.csr_matrix,
}


@pytest.fixture
def low_rank():
    rng = np.random.RandomState(0)
    return rng.standard_normal((80, 5)) * [9, 6, 4, 2, 1] @ rng.standard_normal((5, 30))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_rows", [80, 20])
@pytest.mark.parametrize("widest", [2000, 10], ids=["covariance", "iterative"])
def test_rotation_spans_the_principal_directions(low_rank, monkeypatch, kind, widest, n_rows):
    monkeypatch.setattr(defaults, "COVARIANCE_MAX_SIDE", widest)
    low_rank = low_rank[:n_rows]
    rows = KINDS[kind](low_rank)
    standardizer = fit_standardizer(rows, "common").standardizer
    components = fit_rotation(rows, standardizer, 3, np.random.RandomState(0))
    centred = low_rank - low_rank.mean(axis=0)
    directions = np.linalg.svd(centred, full_matrices=False)[2][:3]
    np.testing.assert_allclose(components @ components.T, np.eye(3), atol=1e-4)
    np.testing.assert_allclose(components.T @ components, directions.T @ directions, atol=1e-3)


@pytest.mark.parametrize("widest", [2000, 10])
def test_rotation_of_columns_scaled_one_by_one(low_rank, monkeypatch, widest):
    monkeypatch.setattr(defaults, "COVARIANCE_MAX_SIDE", widest)
    standardizer = fit_standardizer(low_rank, "per_feature").standardizer
    state = np.random.RandomState
    of_dense = fit_rotation(low_rank, standardizer, 3, state(0))
    of_sparse = fit_rotation(sparse.csr_array(low_rank), standardizer, 3, state(0))
    np.testing.assert_allclose(of_sparse.T @ of_sparse, of_dense.T @ of_dense, atol=1e-3)


def test_few_rows_of_many_columns_have_the_directions_of_others(monkeypatch):
    cells = np.random.RandomState(0).uniform(size=(50, 3_000))
    rows = sparse.csr_array(np.where(cells < 0.98, 0, cells))
    standardizer = fit_standardizer(rows, "common").standardizer
    found = []
    for most in (2**26, 0):
        monkeypatch.setattr(defaults, "COVARIANCE_MAX_ELEMENTS", most)
        found.append(fit_rotation(rows, standardizer, 8, np.random.RandomState(0)))
    of_products, iterative = found
    np.testing.assert_allclose(np.abs(of_products @ iterative.T), np.eye(8), atol=1e-3)
    assert (of_products != iterative).any()


@pytest.mark.parametrize("kind", ["float32", "csr_array"])
def test_threads_of_numpys_do_not_change_directions(monkeypatch, kind):
    monkeypatch.setattr(defaults, "COVARIANCE_MAX_SIDE", 10)
    noise = np.random.RandomState(0).standard_normal((1_500, 700))
    rows = KINDS[kind](noise.clip(1) - 1)
    standardizer = fit_standardizer(rows, "common").standardizer
    found = []
    for n_threads in (1, 2, 4):
        with threadpool_limits(n_threads):
            found.append(fit_rotation(rows, standardizer, 8, np.random.RandomState(0)))
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


def test_rotation_is_fitted_on_a_sample_of_many_rows(low_rank, monkeypatch):
    monkeypatch.setattr(defaults, "PCA_MAX_ROWS", 60)
    standardizer = fit_standardizer(low_rank, "common").standardizer
    first, same, other = (
        fit_rotation(low_rank, standardizer, 2, np.random.RandomState(seed)) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, same)
    assert np.any(first != other)
    assert first.dtype == np.float32


@pytest.fixture
def x():
    return torch.randn(8, 6, generator=torch.Generator().manual_seed(1))


def orthonormal(n_rows, n_columns):
    noise = torch.randn(n_columns, n_rows, generator=torch.Generator().manual_seed(3))
    return torch.linalg.qr(noise)[0].T.contiguous()


def test_rotation_in_full_width_loses_nothing(x):
    rotation = Rotation(orthonormal(6, 6))
    torch.testing.assert_close(rotation.inverse(rotation(x)), x)
    lengths = rotation(x).norm(dim=1) / x.norm(dim=1)
    torch.testing.assert_close(lengths, lengths[:1].expand(8))


def test_rotation_to_fewer_inputs_projects(x):
    components = orthonormal(2, 6)
    rotation = Rotation(components)
    assert rotation(x).shape == (8, 2)
    torch.testing.assert_close(rotation.inverse(rotation(x)), x @ components.T @ components)


def test_no_rotation_changes_nothing(x):
    assert Rotation(None)(x) is x
    assert Rotation(None).inverse(x) is x


def test_two_rotations_are_one_product(x):
    first, second, none = Rotation(orthonormal(4, 6)), Rotation(orthonormal(2, 4)), Rotation(None)
    torch.testing.assert_close(second.after(first)(x), second(first(x)))
    assert second.after(none) is second
    assert none.after(first) is first


def test_rotation_is_state_and_no_parameter():
    rotation = Rotation(orthonormal(6, 6))
    assert list(rotation.state_dict()) == ["components"]
    assert not list(rotation.parameters())


@pytest.mark.parametrize("n_rows", [20, 80])
def test_directions_are_scikit_learns(low_rank, n_rows):
    rows = low_rank[:n_rows] + np.random.RandomState(1).standard_normal((n_rows, 30))
    standardizer = fit_standardizer(rows, "per_feature").standardizer
    found = fit_rotation(rows, standardizer, 6, np.random.RandomState(0))
    pca = PCA(6, svd_solver="covariance_eigh").fit(standardizer.standardize(rows))
    np.testing.assert_allclose(found, pca.components_, atol=1e-4)


def wide(n_rows=100, n_columns=2_000, n_factors=14):
    """Rows of some factors and noise."""
    rng = np.random.RandomState(0)
    factors = 3 * rng.standard_normal((n_rows, n_factors))
    signal = factors @ rng.standard_normal((n_factors, n_columns)) / n_factors**0.5
    return signal + rng.standard_normal((n_rows, n_columns))


def lasting(rows, n_directions=64, kind="common", n_components=2):
    return n_lasting(rows, fit_standardizer(rows, kind).standardizer, n_directions, n_components)


@pytest.mark.parametrize("kind", ["common", "per_feature"])
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_directions_of_noise_in_few_rows_are_found(kind, container):
    assert lasting(container(wide()), kind=kind) == 14


def test_shares_are_those_of_halves_that_are_tried_on_each_other():
    """By scikit-learn's components, for 11 factors of which some are weak."""
    rows = wide(60, 500, 11)
    scaled = fit_standardizer(rows, "common").standardizer.standardize(rows)
    shares = []
    for fitted, new in ((scaled[::2], scaled[1::2]), (scaled[1::2], scaled[::2])):
        pca = PCA(20, svd_solver="full").fit(fitted)
        shares.append(pca.transform(new).var(axis=0) / pca.transform(fitted).var(axis=0))
    falls = np.mean(shares, axis=0) < defaults.LASTING_SHARE
    assert lasting(rows, 20) == max(defaults.LASTING_MIN, int(falls.argmax()))


def test_ten_directions_stay_in_any_case():
    noise = np.random.RandomState(0).standard_normal((80, 3_000))
    assert lasting(noise) == 10
    assert lasting(noise, 7) == 7
    assert lasting(noise[:9], 8) == 8


def test_a_code_has_no_more_components_than_there_are_directions():
    assert lasting(wide(), n_components=16) == 16
    assert lasting(wide(), n_components=14) == lasting(wide(), n_components=2) == 14


def test_rows_twice_as_many_as_columns_are_not_judged():
    noise = np.random.RandomState(0).standard_normal((80, 40))
    assert lasting(noise, 40) == 40


def test_columns_without_noise_keep_all_directions():
    """Pixels of a smooth picture: rows that are not fitted vary as much."""
    rng = np.random.RandomState(0)
    rows = np.cumsum(rng.standard_normal((300, 400)), axis=1)
    assert lasting(rows, 32) == 32


def test_rows_that_are_repeated_have_no_more_directions_than_they_are():
    rows = np.repeat(np.random.RandomState(0).standard_normal((5, 500)), 12, axis=0)
    assert lasting(rows) == 10
