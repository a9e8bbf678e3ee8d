"""On a CUDA GPU, where there is one."""

import os
import pickle
import random
import subprocess
import sys

import numpy as np
import pytest
import torch

from aae_sklearn import load

pytestmark = [
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU here"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


@pytest.fixture(scope="module")
def on_gpu(train):
    from aae_sklearn import AdversarialAutoencoder

    aae = AdversarialAutoencoder(
        hidden_layer_sizes=(64,), max_iter=20, random_state=0, device="cuda"
    )
    return aae.fit(train)


def test_fit_on_the_gpu_learns(on_gpu, train, held_out):
    assert on_gpu.score(held_out) > 0.1
    np.testing.assert_array_equal(on_gpu.transform(train), on_gpu.embedding_)


def test_auto_is_the_gpu(make_aae, train, on_gpu):
    assert make_aae().fit(train)._model.device.type == "cuda"


@pytest.mark.parametrize("n_rows", [1, 2, 100, 1797])
def test_batching_does_not_change_codes(on_gpu, digits, n_rows):
    codes = on_gpu.transform(digits)
    parts = [
        on_gpu.transform(digits[i : i + n_rows])
        for i in range(0, 5 * n_rows, n_rows)
        if i < len(digits)
    ]
    joined = np.concatenate(parts)
    np.testing.assert_array_equal(joined, codes[: len(joined)])


def test_order_does_not_change_codes(on_gpu, digits):
    order = np.random.RandomState(0).permutation(len(digits))
    np.testing.assert_array_equal(on_gpu.transform(digits[order]), on_gpu.transform(digits)[order])


@pytest.mark.parametrize("allowed", [True, False])
def test_tf32_of_the_user_does_not_change_codes(on_gpu, digits, allowed):
    codes = on_gpu.transform(digits)
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = allowed
    try:
        np.testing.assert_array_equal(on_gpu.transform(digits), codes)
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before


def test_cpu_and_gpu_place_rows_alike(on_gpu, held_out):
    twin = pickle.loads(pickle.dumps(on_gpu))
    twin._model = twin._model.to(torch.device("cpu"))
    np.testing.assert_allclose(twin.transform(held_out), on_gpu.transform(held_out), atol=1e-4)


def test_pickle_is_read_without_a_gpu(on_gpu, held_out, tmp_path):
    (tmp_path / "aae.pkl").write_bytes(pickle.dumps(on_gpu))
    np.save(tmp_path / "rows.npy", held_out)
    script = (
        "import pickle, numpy as np, torch\n"
        "assert not torch.cuda.is_available()\n"
        "aae = pickle.load(open('aae.pkl', 'rb'))\n"
        "np.save('codes.npy', aae.transform(np.load('rows.npy')))\n"
    )
    environment = {
        **os.environ,
        "CUDA_VISIBLE_DEVICES": "",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=environment, check=True)
    codes = np.load(tmp_path / "codes.npy")
    np.testing.assert_allclose(codes, on_gpu.transform(held_out), atol=1e-4)


def test_a_file_goes_from_gpu_to_cpu_and_back(on_gpu, held_out, tmp_path, monkeypatch):
    on_gpu.save(tmp_path / "aae")
    back = load(tmp_path / "aae")
    assert back._model.device.type == "cuda"
    np.testing.assert_array_equal(back.transform(held_out), on_gpu.transform(held_out))
    monkeypatch.setattr(
        "aae_sklearn.estimators._packing.resolve_device", lambda name: torch.device("cpu")
    )
    on_cpu = load(tmp_path / "aae")
    np.testing.assert_allclose(on_cpu.transform(held_out), on_gpu.transform(held_out), atol=1e-4)
    on_cpu.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "aae").read_bytes()


def test_one_seed_gives_the_same_codes(make_aae, train):
    first, second = (make_aae(device="cuda").fit_transform(train) for _ in range(2))
    np.testing.assert_allclose(first, second, atol=1e-3)


def test_global_states_stay_the_same(make_aae, train):
    def states():
        return (
            random.getstate(),
            np.random.get_state()[1].tobytes(),
            torch.get_rng_state().numpy().tobytes(),
            torch.cuda.get_rng_state().numpy().tobytes(),
        )

    torch.cuda.init()
    before = states()
    make_aae(device="cuda", encoder="gaussian").fit(train).sample(3)
    assert states() == before


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_precision_on_the_gpu(make_aae, train, held_out, precision):
    aae = make_aae(device="cuda", precision=precision, max_iter=20).fit(train)
    assert aae.transform(held_out.astype(np.float32)).dtype == np.float32
    assert np.isfinite(aae.score(held_out))
