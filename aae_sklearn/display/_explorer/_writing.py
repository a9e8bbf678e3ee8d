"""What was gathered, as names and arrays of a payload."""

from __future__ import annotations

from dataclasses import astuple
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aae_sklearn.display._arrays import FloatArray
from aae_sklearn.display._explorer._decoder import Decoder
from aae_sklearn.display._explorer._payload import Payload
from aae_sklearn.display._explorer._places import Places
from aae_sklearn.display._explorer._rows import KeptRows, Rows, Usual
from aae_sklearn.display._explorer._table import Shown
from aae_sklearn.display._tiles import ImageShape, as_images, decoded_scale
from aae_sklearn.model._program import Limits

N_SCALED = 1_000  # images that tell what is black and what is white
FARTHEST = 1e30  # coordinate of a point


class Codes(NamedTuple):
    """Codes, and the points of the map at which they are drawn."""

    codes: FloatArray
    points: FloatArray
    new_points: FloatArray | None
    axis_labels: tuple[str | None, ...]


def add_codes(payload: Payload, codes: Codes, names: list[str] | None) -> None:
    payload.add("points", _as_points(codes.points))
    if codes.new_points is not None:
        payload.add("new_points", _as_points(codes.new_points))
    payload.header |= {"width": codes.codes.shape[1], "axes": codes.axis_labels, "names": names}


def _as_points(points: FloatArray) -> npt.NDArray[np.float32]:
    """In float32, which does not hold all codes of heavy tails; those are far outside anyway."""
    return np.clip(points, -FARTHEST, FARTHEST).astype(np.float32)


def add_columns(payload: Payload, columns: list[Shown]) -> None:
    entries = []
    for k, column in enumerate(columns):
        payload.add(f"column{k}", column.cells)
        if column.new_cells is not None:
            payload.add(f"new_column{k}", column.new_cells)
        entries.append(
            {
                "name": column.name, "role": column.role, "kind": column.kind,
                "names": column.names, "colored": column.colored, "unit": column.unit,
            }
        )  # fmt: skip
    payload.header["columns"] = entries


def add_places(payload: Payload, places: Places) -> None:
    payload.add("cells", places.cells)
    payload.header["places"] = {
        "limits": [list(pair) for pair in places.limits],
        "reach": places.reach,
        "prior": places.prior,
        "contours": [
            {"share": share, "line": _rounded(line, places.limits)}
            for share, line in places.contours
        ],
    }


def _rounded(line: FloatArray, limits: Limits) -> list[list[float]]:
    """Points of a line, to a hundred-thousandth of the map's width and height."""
    decimals = [5 - int(np.ceil(np.log10(high - low))) for low, high in limits]
    columns = [np.round(part, n) for part, n in zip(line.T, decimals, strict=True)]
    points: list[list[float]] = np.column_stack(columns).tolist()
    return points


def add_decoder(
    payload: Payload, decoder: Decoder, shown: npt.NDArray[np.intp], n_features: int
) -> None:
    program = decoder.program
    if len(shown) < n_features:
        program.keep(shown)
    for name, numbers in program.constants.items():
        payload.add_weights(name, numbers)
    steps = [astuple(step) for step in program.instructions]
    payload.header["decoder"] = {
        "steps": steps, "constants": list(program.constants), "exact": decoder.is_exact
    }  # fmt: skip


def add_rows(payload: Payload, usual: Usual, kept: KeptRows) -> None:
    for name, numbers in vars(usual).items():
        payload.add(name, numbers.astype(np.float64))
    payload.add("kept", kept.index)
    payload.add("kept_cells", kept.cells)
    payload.header["levels"] = kept.format.levels
    payload.header["packed"] = kept.format.packs


def add_image(
    payload: Payload, rows: Rows, image_shape: ImageShape, random_state: int | None
) -> None:
    some = rows.take(rows.some(N_SCALED, random_state))
    shape = as_images(some[:1], image_shape).shape[1:]
    scale = decoded_scale(some)
    payload.header["image"] = {
        "shape": [*shape, 1][:3], "low": float(scale.low), "high": float(scale.high)
    }  # fmt: skip
