"""Changed files of models, all of which are read under watch: ``python -m tests.mutations``.

A program of its own, since nobody can take an audit hook away, and a crash is to be seen.
"""

import json
import random
import re
import sys
import warnings
from pathlib import Path

import numpy as np
from safetensors.numpy import save

import aae_sklearn
from aae_sklearn.exceptions import ModelFileError
from aae_sklearn.runtime._files import read_file, write_file
from tests.model_files import KINDS, ROWS, fit_tiny

RUN = {"exec", "compile", "os.system", "os.exec", "os.posix_spawn", "subprocess.Popen"}
RUN |= {"pickle.find_class", "marshal.loads", "ctypes.dlopen", "socket.connect", "code.__new__"}
JUNK = [None, True, 0, -1, 3, 10**12, 10**400, 0.5, -1.5, 1e300, float("nan"), float("inf")]
JUNK += ["", "eval", "x" * 99, "metric", [], [1, 2], ["a"], [[]], {}, {"object": "prior"}]
JUNK += [{"array": "embedding"}, {"tuple": 3}, {"random_state": "x"}, {"class": "print"}]
seen = []
watching = False


def watch(event, args):
    """Note events that stand for code that is run."""
    if watching and (event in RUN or (event == "import" and args[0] not in sys.modules)):
        seen.append((event, args))


def is_awake():
    """Whether code that is run would have been seen."""
    global watching
    watching = True
    eval("1")
    watching = False
    return bool(seen)


def flip(content, rng):
    """Some bits of the file."""
    content = bytearray(content)
    for _ in range(rng.choice([1, 1, 3, 50])):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return bytes(content)


def cut(content, rng):
    """A part is missing, or something follows."""
    start, end = sorted(rng.randrange(len(content) + 1) for _ in range(2))
    return rng.choice([content[:start], content[:start] + content[end:], content + content[:end]])


def places(value, path=()):
    """Paths to all that a header holds."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield (*path, key)
        if isinstance(inner, (dict, list)):
            yield from places(inner, (*path, key))


def change_header(header, rng):
    """Another value somewhere, or none."""
    *path, last = rng.choice([p for p in places(header) if p[0] != "format"])
    parent = header
    for key in path:
        parent = parent[key]
    if rng.random() < 0.2:
        del parent[last]
    else:
        parent[last] = rng.choice(JUNK)


def change_array(arrays, rng):
    """An array of other numbers, shape or type, or none, or one more."""
    name = rng.choice(sorted(arrays))
    array = arrays[name]
    junk = np.frombuffer(rng.randbytes(array.nbytes), array.dtype).reshape(array.shape)
    others = [array[None], array.reshape(-1)[:-1], array.astype("f2"), array.astype("i8"), junk]
    arrays[name] = rng.choice(others)
    if rng.random() < 0.2:
        del arrays[name]
    if rng.random() < 0.1:
        arrays["networks.encoder.more"] = array


def mutate(path, changed, rng):
    """Write a changed file; whether its digest is right."""
    kind = rng.choice(["flip", "cut", "header", "header", "array"])
    if kind in ("flip", "cut"):
        changed.write_bytes({"flip": flip, "cut": cut}[kind](path.read_bytes(), rng))
        return False
    header, arrays = read_file(path)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        change_header(header, rng) if kind == "header" else change_array(arrays, rng)
    arrays = {name: np.asarray(a, order="C") for name, a in arrays.items()}
    if rng.random() < 0.1:  # the digest is not adapted
        text = json.dumps({**header, "sha256": "0" * 64})
        changed.write_bytes(save(arrays, metadata={"aae_sklearn": text}))
        return False
    write_file(changed, header, arrays)
    return True


def use(aae):
    """Everything that reads what a file said; errors of Python are allowed, but no crash."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for method in (aae.transform, aae.sample_codes, aae.score, aae.score_samples):
            try:
                method(ROWS[:7])
            except (ArithmeticError, NotImplementedError, ValueError):
                continue


def read(path, is_signed, expected):
    """What became of a file."""
    global watching
    try:
        watching = True
        aae = aae_sklearn.load(path)
    except ModelFileError:
        return "refused"
    except TypeError as error:
        if "was saved without" in str(error):
            return "refused"
        raise
    finally:
        watching = False
    if not is_signed:
        np.testing.assert_array_equal(aae.transform(ROWS), expected)
        return "equal"
    use(aae)
    return "made"


def megabytes(field):
    """What Linux says of this process's memory."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+) kB", status)[1]) / 1e3


def save_models(folder):
    """Codes of a model of each kind, by the name of its file."""
    models = {}
    for kind in KINDS:
        aae = fit_tiny(kind, prior="gaussian_mixture", random_state=np.random.RandomState(0))
        aae.save(folder / kind)
        use(aae_sklearn.load(folder / kind))  # imports what reading and using import
        models[kind] = aae.transform(ROWS)
    return models


def main(folder, n_files):
    rng, counts = random.Random(0), {"refused": 0, "equal": 0, "made": 0}
    models = save_models(folder)
    sys.addaudithook(watch)
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
    before = megabytes("VmRSS")
    for _ in range(n_files):
        kind = rng.choice(sorted(models))
        is_signed = mutate(folder / kind, folder / "changed", rng)
        counts[read(folder / "changed", is_signed, models[kind])] += 1
    run, grown = [str(event) for event in seen], megabytes("VmHWM") - before
    print(json.dumps({**counts, "run": run, "megabytes": grown, "awake": is_awake()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
