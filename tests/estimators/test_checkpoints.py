"""A fit that was killed goes on from its checkpoint, to the same bits."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from aae_sklearn import load
from aae_sklearn.estimators import _saving
from aae_sklearn.exceptions import (
    CheckpointWarning,
    ModelFileError,
    NonFiniteLossError,
    TrainingInterruptedWarning,
)
from aae_sklearn.priors import CallablePrior, GaussianMixturePrior
from aae_sklearn.runtime import _checkpoint, _files
from aae_sklearn.runtime._checkpoint import FileCheckpoint
from aae_sklearn.settings import _defaults as defaults
from tests.conftest import MAP
from tests.factories import conv_decoder, conv_encoder

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("short_fits"),
]
ROOT = Path(__file__).resolve().parents[2]


class KilledError(BaseException):
    """What stands for SIGKILL within one process."""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "fit.checkpoint"


@pytest.fixture
def always(monkeypatch):
    """Checkpoints after each step."""
    monkeypatch.setattr(defaults, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(defaults, "CHECKPOINT_SHARE", 1e9)


@pytest.fixture
def killed(always, monkeypatch):
    """A function that fits until so many checkpoints are written, and no further."""
    write = FileCheckpoint._write

    def fit(aae, rows, after, y=None):
        written = []

        def write_and_die(self, states):
            write(self, states)
            written.append(states)
            if len(written) == after:
                raise KilledError

        with monkeypatch.context() as patch:
            patch.setattr(FileCheckpoint, "_write", write_and_die)
            try:
                aae.fit(rows, y)
            except KilledError:
                return None
            return len(written)

    return fit


def assert_same(found, expected, rows):
    np.testing.assert_array_equal(found.embedding_, expected.embedding_)
    np.testing.assert_array_equal(found.transform(rows), expected.transform(rows))
    np.testing.assert_array_equal(found.sample(5, 0), expected.sample(5, 0))
    assert found.history_ == expected.history_


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_killed_processes_go_on(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    arguments = [sys.executable, "-m", "tests.killed_fits", str(tmp_path)]
    run = subprocess.run(arguments, cwd=ROOT, env=environment, check=True, capture_output=True)
    for kind, moment, code, was_there, is_equal, n_saved, left in json.loads(run.stdout):
        expected = signal.SIGTERM if moment == "terminated" else signal.SIGKILL
        assert (code, was_there, is_equal, left) == (-expected, True, True, []), (kind, moment)
        assert n_saved > 0 or moment in ("writing", "written"), (kind, moment)


@pytest.mark.parametrize(
    "params",
    [
        {},
        MAP,
        {**MAP, "parametric": True},
        {**MAP, "metric": "manhattan", "prior": GaussianMixturePrior()},
        {**MAP, "early_stopping": True, "feature_scaling": "per_feature"},
        {"encoder": "universal", "early_stopping": True, "validation_fraction": 0.3},
        {"encoder": "gaussian", "precision": "bfloat16", "n_components": 3},
        {"encoder_factory": conv_encoder, "decoder_factory": conv_decoder},
        {"missing_values": "mask"},
    ],
    ids=lambda params: "-".join(params) or "papers",
)
def test_every_kind_goes_on_to_the_same_bits(make_aae, killed, train, path, params):
    rows = train[:140].copy()
    if "missing_values" in params:
        rows[::7, 20] = np.nan
    params = {"batch_size": 64, **params}
    expected = make_aae(**params).fit(rows)
    n_written = killed(make_aae(checkpoint=path, **params), rows, after=None)
    assert not path.exists()
    for after in (n_written // 3, 2 * n_written // 3):
        assert killed(make_aae(checkpoint=path, **params), rows, after) is None
        assert path.exists()
        assert_same(make_aae(checkpoint=path, **params).fit(rows), expected, rows)
        assert not path.exists()


@pytest.mark.parametrize("kind", ["sparse", "mapped"])
def test_rows_that_are_read_batch_by_batch(make_aae, killed, train, path, monkeypatch, kind):
    monkeypatch.setattr(defaults, "RESIDENT_BYTES", 0)
    monkeypatch.setattr(defaults, "RESIDENT_BYTES_OF_MAPS", 0)
    monkeypatch.setattr(defaults, "READ_ELEMENTS", 3 * 64 * train.shape[1])
    rows = sparse.csr_array(train)
    if kind == "mapped":
        np.save(path.with_suffix(".npy"), train)
        rows = np.load(path.with_suffix(".npy"), mmap_mode="r")
    expected = make_aae(batch_size=64).fit(rows)
    for after in (3, 8):
        killed(make_aae(batch_size=64, checkpoint=path), rows, after)
        assert_same(make_aae(batch_size=64, checkpoint=path).fit(rows), expected, train)


@pytest.mark.parametrize("params", [MAP, {}], ids=["map", "papers"])
def test_labels_go_on_too(make_aae, killed, train, path, params):
    def make(**more):
        prior = GaussianMixturePrior(3)
        return make_aae(label_weight=0.8, prior=prior, batch_size=64, **params, **more)

    y = np.where(np.arange(len(train)) % 4, np.arange(len(train)) % 3, -1)
    expected = make().fit(train, y)
    for after in (4, 10):
        killed(make(checkpoint=path), train, after, y)
        with pytest.raises(ValueError, match="of a fit with another y;"):
            make(checkpoint=path).fit(train, y[::-1])
        assert_same(make(checkpoint=path).fit(train, y), expected, train)


def test_a_fit_may_be_killed_again_and_again(make_aae, killed, train, path):
    expected, n_tries = make_aae(**MAP).fit(train), 1
    while killed(make_aae(checkpoint=path, **MAP), train, after=4) is None:
        n_tries += 1
    assert n_tries > 3
    killed(make_aae(checkpoint=path, **MAP), train, after=4)
    assert_same(make_aae(checkpoint=str(path), **MAP).fit(train), expected, train)


@pytest.mark.parametrize("random_state", [None, "instance"])
def test_random_numbers_go_on(make_aae, killed, train, path, random_state):
    def make():
        state = np.random.RandomState(5) if random_state == "instance" else None
        return make_aae(random_state=state, checkpoint=path)

    killed(make(), train, after=3)
    kept = path.read_bytes()
    first = make().fit(train)
    path.write_bytes(kept)
    assert_same(make().fit(train), first, train)


def test_a_warm_start_goes_on_from_the_same_model(make_aae, killed, train, path):
    aae = make_aae(warm_start=True).fit(train)
    twin = load_again(aae, path.with_suffix(".model"))
    killed(aae.set_params(checkpoint=path), train, after=3)
    fresh = make_aae(warm_start=True, checkpoint=path)
    with pytest.raises(ValueError, match=r"another model to start from \(warm_start\);"):
        fresh.fit(train)
    assert_same(twin.set_params(checkpoint=path).fit(train), aae.fit(train), train)


def load_again(aae, path):
    aae.save(path)
    return load(path)


def test_ctrl_c_leaves_a_model_and_the_checkpoint(make_aae, train, path, monkeypatch):
    def pressed(n_samples, n_components, random_state):
        presses.append(n_samples)
        if len(presses) == 4:
            signal.raise_signal(signal.SIGINT)
        return random_state.standard_normal((n_samples, n_components))

    def make(**params):
        return make_aae(batch_size=64, prior=CallablePrior(pressed), **MAP, **params)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(defaults, "PRIOR_BLOCK_ELEMENTS", 1)
    try:
        presses = []
        with pytest.warns(TrainingInterruptedWarning):
            stopped = make(checkpoint=path).fit(train)
    finally:
        signal.signal(signal.SIGINT, before)
    assert stopped.n_iter_ == 1
    assert path.exists()
    assert_same(make(checkpoint=path).fit(train), make().fit(train), train)
    assert not path.exists()


def test_sigterm_means_what_it_meant(make_aae, train, path, monkeypatch):
    """A handler of the user's is called after the checkpoint is written, and may go on."""
    heard = []

    def terminated(n_samples, n_components, random_state):
        signal.raise_signal(signal.SIGTERM)
        return random_state.standard_normal((n_samples, n_components))

    def handler(*args):
        heard.append(path.stat().st_size if path.exists() else 0)

    before = signal.signal(signal.SIGTERM, handler)
    try:
        make_aae(prior=CallablePrior(terminated), checkpoint=path).fit(train)
        assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard[0] == 0  # no checkpoint is begun yet
    assert max(heard) > 10_000


def test_a_fit_in_another_thread_has_checkpoints_too(make_aae, killed, train, path):
    expected = make_aae().fit(train)
    killed(make_aae(checkpoint=path), train, after=3)
    aae = make_aae(checkpoint=path)
    worker = threading.Thread(target=aae.fit, args=(train,))
    worker.start()
    worker.join()
    assert_same(aae, expected, train)


# --- what is refused ------------------------------------------------------------------------


@pytest.fixture
def begun(make_aae, killed, train, path):
    """An estimator whose fit was killed."""
    killed(make_aae(checkpoint=path), train, after=3)
    return make_aae(checkpoint=path)


def test_other_rows_are_refused(begun, train, path):
    changed = train.copy()
    changed[100, 30] += 1
    for rows in (changed, train[:-1], train[::-1], train.astype("f4"), train[:, ::-1]):
        with pytest.raises(ValueError, match="is of a fit with another X; use the same to go on"):
            begun.fit(rows)
    assert path.exists()
    assert not hasattr(begun, "embedding_")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("random_state", 1),
        ("tol", 1e-3),
        ("prior", "uniform"),
        ("prior", GaussianMixturePrior()),
        ("encoder_factory", conv_encoder),
        ("hidden_layer_sizes", (17,)),
    ],
)
def test_other_parameters_are_refused(begun, train, name, value):
    with pytest.raises(ValueError, match=rf"of a fit with another {name};"):
        begun.set_params(**{name: value}).fit(train)


def test_parameters_without_a_part_in_the_result_may_change(begun, make_aae, train, capsys):
    begun.set_params(verbose=1, device="cpu").fit(train)
    assert f"going on from the checkpoint {begun.checkpoint}" in capsys.readouterr().out
    assert_same(begun, make_aae().fit(train), train)


def test_a_file_that_is_no_checkpoint_is_left_alone(make_aae, train, path):
    make_aae().fit(train).save(path)
    content = path.read_bytes()
    with pytest.raises(ModelFileError, match=r"no checkpoint \(.* was saved\); use another"):
        make_aae(checkpoint=path).fit(train)
    path.write_bytes(content[:2000])
    with pytest.raises(ModelFileError, match="not a whole file"):
        make_aae(checkpoint=path).fit(train)
    assert path.read_bytes() == content[:2000]


def test_a_checkpoint_that_contradicts_itself_is_refused(begun, train, path):
    header, arrays = _files.read_file(path)
    arrays["state.training.trainer.averages.averages.0"] = np.zeros(3, dtype="f4")
    _files.write_file(path, header, arrays)
    with pytest.raises(ModelFileError, match="does not fit to what it says it is of"):
        begun.fit(train)


def test_a_checkpoint_is_no_model(begun, path):
    with pytest.raises(ModelFileError, match="the checkpoint of a fit that has not ended"):
        load(path)


def test_a_path_without_a_folder_is_an_error_at_once(make_aae, train, tmp_path):
    with pytest.raises(FileNotFoundError, match="make the folder first"):
        make_aae(checkpoint=tmp_path / "missing" / "fit").fit(train)
    with pytest.raises(IsADirectoryError, match="add the name of a file"):
        make_aae(checkpoint=tmp_path).fit(train)


# --- what is warned of ----------------------------------------------------------------------


def test_a_checkpoint_of_another_version_is_left_alone(begun, make_aae, train, path, monkeypatch):
    content = path.read_bytes()
    monkeypatch.setattr(
        "aae_sklearn.estimators._checkpoints.versions",
        lambda: {**_saving.versions(), "torch": "9.9"},
    )
    with pytest.warns(CheckpointWarning, match=r"with torch .* and not 9\.9, .* begins again, wi"):
        begun.fit(train)
    assert_same(begun, make_aae().fit(train), train)
    assert path.read_bytes() == content


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS])
def test_a_disk_that_takes_nothing_is_warned_of(make_aae, train, path, monkeypatch, code):
    def fail(*args):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(_files, "open", fail, raising=False)
    aae = make_aae(checkpoint=path)
    with pytest.warns(CheckpointWarning, match=f"goes on without: .*{os.strerror(code)}"):
        aae.fit(train)
    assert_same(aae, make_aae().fit(train), train)


@pytest.mark.usefixtures("always")
def test_a_disk_that_is_full_later_leaves_the_last_checkpoint(make_aae, train, path, monkeypatch):
    n_written = []

    def full(target, content):
        n_written.append(target)
        if len(n_written) > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(target, content)

    def ending():
        raise KilledError

    write = _files.replace_file
    monkeypatch.setattr(_files, "replace_file", full)
    monkeypatch.setattr(FileCheckpoint, "remove", lambda self: ending())
    with pytest.warns(CheckpointWarning, match="No space"), pytest.raises(KilledError):
        make_aae(checkpoint=path).fit(train)
    monkeypatch.undo()
    assert_same(make_aae(checkpoint=path).fit(train), make_aae().fit(train), train)


def test_states_that_are_no_numbers_are_warned_of(make_aae, train, path, monkeypatch):
    monkeypatch.setattr(_checkpoint, "pack_state", refuse)
    with pytest.warns(CheckpointWarning, match="no numbers here"):
        make_aae(checkpoint=path).fit(train)


def refuse(*args):
    raise _checkpoint.NotPlain("no numbers here")


def test_a_fit_that_fails_leaves_model_and_checkpoint(make_aae, train, path):
    aae = make_aae().fit(train)
    codes = aae.embedding_
    with pytest.raises(NonFiniteLossError):
        aae.set_params(checkpoint=path, learning_rate_init=1e30).fit(train)
    np.testing.assert_array_equal(aae.transform(train), codes)
    assert path.exists()


def test_leftovers_of_killed_processes_are_removed(begun, train, path):
    (path.parent / f".0123abcd.{path.name}").write_bytes(b"half")
    (path.parent / f".of_the_user.{path.name}").write_bytes(b"whole")
    begun.fit(train)
    assert [file.name for file in path.parent.iterdir()] == [f".of_the_user.{path.name}"]


def test_the_parameter_is_saved(make_aae, train, path):
    aae = make_aae(checkpoint=path).fit(train)
    assert load_again(aae, path).checkpoint == os.fspath(path)
