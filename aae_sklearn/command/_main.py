"""From what was typed to files and a report."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from aae_sklearn.command._arguments import make_parser
from aae_sklearn.command._data import Data
from aae_sklearn.command._errors import CommandError, count
from aae_sklearn.command._job import Fitted, fit
from aae_sklearn.command._reading import read
from aae_sklearn.command._writing import Writer, writer_of
from aae_sklearn.runtime._files import replacing

DEFAULT_PICTURE = Path("map.png")
MISUSE = 2  # exit status, as argparse has it
INTERRUPTED = 130  # exit status of a program that Ctrl-C ended


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    argv : sequence of str or None
        What was typed after the name of the program; None reads ``sys.argv``.

    Returns
    -------
    status : int
        0, or 2 after a sentence on stderr.
    """
    options = make_parser().parse_args(argv)
    try:
        _map(options)
    except CommandError as error:
        print(f"error: {error}", file=sys.stderr)
        return MISUSE
    except KeyboardInterrupt:
        print("interrupted; nothing more is written", file=sys.stderr)
        return INTERRUPTED
    return 0


def _map(options: argparse.Namespace) -> None:
    start = time.monotonic()
    outputs = _outputs(options)
    data = read(options.data, options)
    data = replace(data, image_shape=options.image or data.image_shape)
    _say(data.notes, options)
    fitted = fit(data, options)
    for warning in fitted.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    seconds = time.monotonic() - start
    _say([
        f"{count(len(fitted.codes), 'row')} mapped in {seconds:.0f} s; the map keeps "
        f"{fitted.explained_variance:.0%} of the variance of the fitted rows"
    ], options)  # fmt: skip
    for path, writer in outputs:
        _write(path, writer, data, fitted)
        _say([f"wrote {path}"], options)


def _say(lines: Iterable[str], options: argparse.Namespace) -> None:
    if not options.quiet:
        try:
            print(*lines, sep="\n", flush=True)
        except BrokenPipeError:  # as after "| head": files are written all the same
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _outputs(options: argparse.Namespace) -> list[tuple[Path, Writer]]:
    """Where to write and how, checked before anything is read."""
    if not options.data.is_file():
        return []
    pictures = options.out or ([] if options.codes or options.save else [DEFAULT_PICTURE])
    if options.components > 2 and any(path.suffix.lower() == ".html" for path in pictures):
        raise CommandError("a page shows one or two components; write --out map.png for more")
    wishes = [
        *(("--out", path) for path in pictures),
        ("--codes", options.codes),
        ("--save", options.save),
    ]
    return [(path, writer_of(name, path, options.data)) for name, path in wishes if path]


def _write(path: Path, writer: Writer, data: Data, fitted: Fitted) -> None:
    try:
        with replacing(path) as temporary:
            writer(temporary, data, fitted)
    except (OSError, ValueError, TypeError) as error:
        raise CommandError(f"{path} could not be written: {error}") from error
