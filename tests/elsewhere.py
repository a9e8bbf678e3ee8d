"""A model is used in other threads and processes: ``python -m tests.elsewhere``.

A program of its own, since started processes import it by its name.
"""

import asyncio
import hashlib
import json
import multiprocessing
import os
import pickle
import queue
import threading
import warnings

import joblib
import numpy as np
import torch

from aae_sklearn import AdversarialAutoencoder

ROWS = np.random.RandomState(0).uniform(size=(500, 6)) + (np.arange(500) % 3)[:, None]
SMALL = {
    "hidden_layer_sizes": (8,),
    "discriminator_layer_sizes": (8,),
    "max_iter": 2,
    "layout_max_iter": 2,
    "random_state": 0,
}


def wide_encoder(n_inputs, n_outputs):
    """A user's network, whose work torch shares out to its threads if it is let."""
    hidden = torch.nn.Linear(n_inputs, 2048)
    return torch.nn.Sequential(hidden, torch.nn.ReLU(), torch.nn.Linear(2048, n_outputs))


def fitted(**params):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return AdversarialAutoencoder(**SMALL | params).fit(ROWS)


def answers(aae):
    """What a model says of rows, and a new fit: the bits."""
    codes = aae.transform(ROWS)
    parts = [codes, aae.inverse_transform(codes), aae.sample(50, 0), aae.score(ROWS)]
    parts += [aae.outlier_score(ROWS), aae.reconstruction_error(ROWS), aae.score_samples(ROWS)]
    found = hashlib.sha256(b"".join(np.asarray(part).tobytes() for part in parts))
    found.update(fitted().embedding_.tobytes())
    return found.hexdigest()


def answers_of(pickled):
    return answers(pickle.loads(pickled))


def in_daemon_thread(aae):
    found = queue.Queue()
    thread = threading.Thread(target=lambda: found.put(answers(aae)), daemon=True)
    thread.start()
    thread.join()
    return found.get_nowait()


def in_executor(aae):
    async def main():
        loop = asyncio.get_running_loop()
        both = (loop.run_in_executor(None, answers, aae) for _ in range(2))
        first, second = await asyncio.gather(*both)
        assert first == second
        return first

    return asyncio.run(main())


def in_processes(method):
    def run(aae):
        with multiprocessing.get_context(method).Pool(1) as pool:
            return pool.apply(answers_of, [pickle.dumps(aae)])

    return run


def in_loky(aae):
    return joblib.Parallel(2)(joblib.delayed(answers)(aae) for _ in range(2))[1]


def in_bare_fork(aae):
    """A child with the parent's memory, its threads gone."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, answers(aae).encode())
        finally:
            os._exit(0)
    os.close(writer)  # so that reading ends, also after a child that failed
    os.waitpid(child, 0)
    return os.read(reader, 100).decode()


WAYS = {
    "here": answers,
    "daemon thread": in_daemon_thread,
    "asyncio": in_executor,
    "loky": in_loky,
    "spawn": in_processes("spawn"),
}
if hasattr(os, "fork"):
    WAYS |= {"fork": in_processes("fork"), "bare fork": in_bare_fork}


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # Python's own, of forks where there are threads
    torch.set_num_threads(2)  # so that there are threads of ours
    model = fitted()
    settings = [torch.get_num_threads(), torch.get_float32_matmul_precision()]
    found = {name: way(model) for name, way in WAYS.items()}
    own = fitted(encoder_factory=wide_encoder)
    of_own = {name: WAYS[name](own) for name in ("here", "bare fork") if name in WAYS}
    print(json.dumps([found, of_own]))
    assert settings == [torch.get_num_threads(), torch.get_float32_matmul_precision()]
