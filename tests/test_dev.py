"""dev.py: an environment that could not be finished is none."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "dev.py"
if not SCRIPT.exists():
    pytest.skip("dev.py is not in this copy of the sources", allow_module_level=True)


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_environment_whose_making_fails_is_removed(tmp_path, monkeypatch, error):
    spec = importlib.util.spec_from_file_location("dev", SCRIPT)
    dev = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(dev)

    def create(folder, with_pip):
        (folder / "bin").mkdir(parents=True)
        raise error

    monkeypatch.setattr(dev.venv, "create", create)
    with pytest.raises(error):
        dev.python_of(tmp_path / "begun")
    assert not (tmp_path / "begun").exists()
