"""The compiled search: imported, which compiles it, when it is needed or ahead of that.

numba is not there for every Python as soon as that is. The search then goes without it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache

import torch

from aae_sklearn.exceptions import SlowSearchWarning
from aae_sklearn.runtime._warnings import warn_user
from aae_sklearn.settings import _defaults as defaults

NearestPoints = Callable[..., None]


@cache
def nearest_points_compiled() -> NearestPoints | None:
    """The search in cells; None, with one warning, where numba is missing or does not work."""
    try:
        from aae_sklearn.neighbors._visits import nearest_points
    except Exception as error:  # a compiler that is broken may raise anything
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        warn_user(
            f"numba cannot be used here ({reason}), so each row is compared with all others, "
            "which takes longer where there are tens of thousands; install a numba that fits "
            "this Python and this numpy",
            SlowSearchWarning,
        )
        return None
    return nearest_points


def compile_ahead(n_points: int, device: torch.device) -> None:
    """Begin to compile, in a thread, what a search among so many points will need.

    It takes 2 s in the first process of an installation, and half of that computes without the
    interpreter: as long as nobody waits for it, rows can be read. Whoever needs it waits by
    Python's own lock of the import.
    """
    if device.type == "cpu" and n_points > defaults.CELLS_MIN_POINTS:
        threading.Thread(target=_import, name="aae_sklearn-compiler", daemon=True).start()


def _import() -> None:
    try:
        import aae_sklearn.neighbors._visits  # noqa: F401
    except Exception:  # whoever needs it meets it again, and says so
        return
