"""Run numpydoc's validation over every public object; exit with 1 if one falls short."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator
from importlib.util import find_spec

from numpydoc.validate import validate

MODULES = ("aae_sklearn", "aae_sklearn.priors", "aae_sklearn.metrics", "aae_sklearn.display")
MODULES += ("aae_sklearn.exceptions",)
if find_spec("dask"):
    MODULES += ("aae_sklearn.distributed",)
# Not required: extended summary, See Also, a "Returns" description of self, a capital first
# letter of a type; Examples are required of classes and functions, not of their methods.
IGNORED = {"ES01", "SA01", "SA04", "RT03", "GL01", "GL02", "GL03", "EX01", "SS06", "PR08", "PR09"}
IGNORED |= {"RT02", "RT05", "YD01", "SS05"}


def public_objects() -> Iterator[str]:
    """Dotted names of public classes, their own public methods, and functions."""
    for module_name in MODULES:
        module = importlib.import_module(module_name)
        for name in module.__all__:
            thing = getattr(module, name)
            if not (inspect.isclass(thing) or inspect.isfunction(thing)):
                continue
            yield f"{module_name}.{name}"
            if inspect.isclass(thing):
                for method, value in vars(thing).items():
                    if method.startswith("_") or not inspect.isfunction(value):
                        continue
                    if value.__doc__ is None and inspect.getdoc(getattr(thing, method)):
                        continue  # an override that means what its base says
                    yield f"{module_name}.{name}.{method}"


def main() -> int:
    """Print each shortcoming."""
    n_objects, n_errors = 0, 0
    for name in public_objects():
        n_objects += 1
        for code, message in validate(name)["errors"]:
            if code not in IGNORED:
                n_errors += 1
                print(f"{name}: {code} {message}")
    print(f"{n_objects} public objects, {n_errors} shortcomings")
    return int(n_errors > 0)


if __name__ == "__main__":
    sys.exit(main())
