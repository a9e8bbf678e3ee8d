"""Warnings that point to the user's line."""

from __future__ import annotations

import sys
import warnings

_INSIDE = ("aae_sklearn.", "sklearn.")


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn as if the first caller outside of this package and scikit-learn had.

    Python 3.12 does it by ``skip_file_prefixes``.

    Parameters
    ----------
    message : str
    category : type
    """
    level, frame = 2, sys._getframe(1)
    while frame.f_back and f"{frame.f_globals.get('__name__', '')}.".startswith(_INSIDE):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
