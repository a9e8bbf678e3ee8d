"""What stops the command: a sentence for the person who typed it."""

from __future__ import annotations

import importlib
import lzma
import shlex
import zipfile
import zlib
from types import ModuleType

# Raised on files that are cut or changed, or none of their kind.
DAMAGED = (EOFError, OSError, lzma.LZMAError, zipfile.BadZipFile, zlib.error)
UNREADABLE = (
    *DAMAGED,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


class CommandError(Exception):
    """The command cannot go on; the message says why and what to do."""


def need(module: str, purpose: str, package: str | None = None) -> ModuleType:
    """Import an optional package.

    Parameters
    ----------
    module : str
    purpose : str
        What needs it, as the beginning of a sentence: "reading CSV".
    package : str or None
        What to install, where it differs from the module.

    Raises
    ------
    CommandError
        If it is not installed; it says how to install it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        name = package or module
        raise CommandError(f"{purpose} needs {name}: python -m pip install {name}") from error


def count(number: int, noun: str) -> str:
    """A number of things, in words."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def shown(names: list[str], limit: int = 8) -> str:
    """Some names for a sentence, and how many there are beyond them."""
    few = ", ".join(names[:limit])
    return few if len(names) <= limit else f"{few} and {len(names) - limit:,} more"


def quoted(name: str) -> str:
    """A name as a shell reads it."""
    return shlex.quote(name)
