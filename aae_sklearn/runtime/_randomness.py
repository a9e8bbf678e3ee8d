"""Where randomness comes from: generators made from one ``random_state``.

No global generator is read or set, except for modules that users build.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from sklearn.utils import check_random_state
from torch import Tensor

from aae_sklearn.settings._config import TrainingConfig


def own_random_state(random_state: Any) -> np.random.RandomState:
    """A RandomState; for None a fresh one, since scikit-learn's would be numpy's global one."""
    if random_state is None:
        return np.random.RandomState()
    state: np.random.RandomState = check_random_state(random_state)
    return state


def make_generator(seed: int, device: torch.device) -> torch.Generator:
    """A torch generator on the device, seeded."""
    return torch.Generator(device=device).manual_seed(seed)


@contextmanager
def seeded_globally(seed: int, device: torch.device) -> Iterator[None]:
    """Seed torch's global generators and put them back afterwards.

    Only for modules that users build: their initialisation and dropout have no
    way to take a generator.
    """
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.default_generator.manual_seed(seed)
        if devices:
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        yield


class Randomness:
    """Independent generators, all from one RandomState.

    Attributes
    ----------
    numpy : RandomState
        For subsets and samples of the prior.
    order : torch.Generator
        On the CPU, for initial weights and the order of the rows.
    noise : torch.Generator
        On the device, for the random numbers of a step.
    global_seed : int
        For modules that know nothing but torch's global generators.
    """

    def __init__(self, random_state: np.random.RandomState, device: torch.device) -> None:
        seeds = [int(seed) for seed in random_state.randint(2**31 - 1, size=4)]
        self.numpy = np.random.RandomState(seeds[0])
        self.order = make_generator(seeds[1], torch.device("cpu"))
        self.noise = make_generator(seeds[2], device)
        self.global_seed = seeds[3]
        self._global_devices: list[torch.device] = []
        self._global_states: list[Tensor] = []

    @contextmanager
    def for_modules(self, config: TrainingConfig, device: torch.device) -> Iterator[None]:
        """What modules need that know nothing but torch's global generators.

        The second time they go on from where they were at the end of the first.
        """
        if not config.network.has_factories:
            yield
            return
        self._global_devices = [torch.device("cpu")] + [device] * (device.type == "cuda")
        with seeded_globally(self.global_seed, device):
            self._set_global(self._global_states)
            yield
            self._global_states = [_global_state(device) for device in self._global_devices]

    def _set_global(self, states: list[Tensor]) -> None:
        for device, state in zip(self._global_devices, states, strict=False):
            _set_global_state(device, state)

    def state_dict(self) -> dict[str, Any]:
        """What later draws depend on: of torch's global generators where modules use them."""
        return {
            "numpy": self.numpy.get_state(legacy=False),
            "order": self.order.get_state(),
            "noise": self.noise.get_state(),
            "global": [_global_state(device) for device in self._global_devices],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.numpy.set_state(state["numpy"])
        self.order.set_state(state["order"])
        self.noise.set_state(state["noise"])
        self._set_global(state["global"])


def _global_state(device: torch.device) -> Tensor:
    is_cpu = device.type == "cpu"
    return torch.get_rng_state() if is_cpu else torch.cuda.get_rng_state(device)


def _set_global_state(device: torch.device, state: Tensor) -> None:
    if device.type == "cpu":
        torch.set_rng_state(state)
    else:
        torch.cuda.set_rng_state(state, device)
