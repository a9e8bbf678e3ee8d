"""Equal values have equal digests, in other processes too; others have others."""

import os
import subprocess
import sys
from pathlib import Path
from types import FunctionType, MethodType

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.neighbors import KernelDensity

from aae_sklearn.priors import GaussianMixturePrior
from aae_sklearn.runtime._digest import digest

ROOT = Path(__file__).resolve().parents[2]
POINTS = np.arange(12.0).reshape(6, 2)


def same(x):
    return x


def enclosing(number, default=None):
    def enclosed(x, more=default):
        return x + number

    return enclosed


class Holder:
    def __init__(self, number):
        self.number = number

    def method(self, x):
        return x + self.number


def values():
    """Different values, made anew."""
    recursive = [1]
    recursive.append(recursive)
    return {
        "none": None,
        "number": 1,
        "float": 1.0,
        "flag": True,
        "text": "1",
        "tuple": (1, 2),
        "list": [1, 2],
        "nested": [[1], 2],
        "set": {"b", "a", "c"},
        "dict": {"p": 3},
        "array": POINTS.copy(),
        "float32": POINTS.astype("f4"),
        "tensor": torch.from_numpy(POINTS.copy()),
        "prior": GaussianMixturePrior(),
        "another prior": GaussianMixturePrior(3),
        "scipy": stats.norm(1, 2),
        "another of scipy": stats.norm(1, 3),
        "torch": torch.distributions.Normal(torch.zeros(2), torch.ones(2)),
        "another of torch": torch.distributions.Normal(torch.zeros(2), 2 * torch.ones(2)),
        "fitted": KernelDensity().fit(POINTS),
        "fitted to others": KernelDensity().fit(POINTS[::-1] + 1),
        "function": same,
        "lambda": lambda x: x + 1,
        "another lambda": lambda x: x * 2,
        "lambda of another number": lambda x: x + 2,
        "lambda of a name": lambda x: np.exp(x),
        "lambda of another name": lambda x: np.log(x),
        "lambda in a lambda": lambda x: (lambda: x + 3)(),
        "another lambda in it": lambda x: (lambda: x + 4)(),
        "enclosing": enclosing(1),
        "enclosing another": enclosing(2),
        "of a default": enclosing(1, 5),
        "enclosing some": enclosing(1, (8, np.int64(2))),
        "enclosing others": enclosing(1, (16, np.int64(2))),
        "enclosing a class": enclosing(1, torch.nn.ReLU),
        "enclosing another class": enclosing(1, torch.nn.Tanh),
        "enclosing a function": enclosing(1, same),
        "a method": Holder(1).method,
        "of another object": Holder(2).method,
        "recursive": recursive,
    }


def test_equal_values_have_equal_digests_and_others_have_others():
    first, second = ({k: digest(v) for k, v in values().items()} for _ in range(2))
    assert first == second
    assert len(set(first.values())) == len(first)


def test_another_process_finds_the_same():
    script = (
        "from tests.runtime.test_digest import digest, values\n"
        "print(*(digest(value) for value in values().values()))\n"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
        "PYTHONHASHSEED": "3",
    }
    command = [sys.executable, "-c", script]
    run = subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True)
    here = dict(zip(values(), map(digest, values().values()), strict=True))
    there = dict(zip(here, run.stdout.decode().split(), strict=True))
    for named in [
        name for name, value in values().items() if isinstance(value, FunctionType | MethodType)
    ]:
        del here[named], there[named]  # of a module of another name
    assert there == here


def test_generators_that_distributions_share_do_not_count():
    first = digest(stats.norm(1, 2))
    np.random.uniform()
    assert digest(stats.norm(1, 2)) == first


@pytest.mark.parametrize("value", [object(), (i for i in ()), sys])
def test_what_nothing_can_take_apart_has_a_digest_too(value):
    assert digest(value) == digest(value)
