"""What a page of the explorer holds, read back in Python."""

import base64
import json
import re
import zlib

import numpy as np
from scipy.special import erf


class ReadPage:
    """Header and arrays of a page, and its decoder: a slow twin of `page/program.js`."""

    def __init__(self, page):
        text = re.search(r'id="payload">([^<]*)<', page)[1]
        content = zlib.decompress(base64.b64decode(text))
        length = int(np.frombuffer(content, "<u4", 1)[0])
        self.header = json.loads(content[4 : 4 + length])
        self._arrays = content[4 + length :]

    def array(self, name):
        place = self.header["arrays"][name]
        count = int(np.prod(place["shape"]))
        numbers = np.frombuffer(self._arrays, "<" + place["dtype"], count, place["offset"])
        numbers = numbers.reshape(place["shape"])
        if place["dtype"] == "f2":
            return numbers.astype(float) * self.array(f"{name}.unit")
        return numbers

    def decode(self, codes):
        values = {name: self.array(name) for name in self.header["decoder"]["constants"]}
        values["code"] = np.asarray(codes, dtype=float)
        for operator, inputs, name, attributes in self.header["decoder"]["steps"]:
            values[name] = OPERATORS[operator](*(values[part] for part in inputs), **attributes)
        return values[name]

    def column(self, name):
        entries = self.header["columns"]
        place = next(k for k, entry in enumerate(entries) if entry["name"] == name)
        return entries[place], self.array(f"column{place}")


def interpolate(codes, table, low, high):
    """Bilinear, one axis after the other."""
    sides = table.shape[:-1][::-1]
    places = (codes - low) / (np.array(high) - low) * (np.array(sides) - 1)
    whole = np.clip(np.floor(places).astype(int), 0, np.array(sides) - 2)
    part = np.clip(places - whole, 0, 1)
    if len(sides) == 1:
        (i,), (p,) = whole.T, part.T[..., None]
        return (1 - p) * table[i] + p * table[i + 1]
    (i, j), (p, q) = whole.T, part.T[..., None]
    lower = (1 - p) * table[j, i] + p * table[j, i + 1]
    upper = (1 - p) * table[j + 1, i] + p * table[j + 1, i + 1]
    return (1 - q) * lower + q * upper


OPERATORS = {
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide,
    "Less": np.less, "Greater": np.greater, "Neg": np.negative, "Exp": np.exp, "Log": np.log,
    "Sqrt": np.sqrt, "Abs": np.abs, "Sign": np.sign, "Tan": np.tan, "Atan": np.arctan,
    "Sinh": np.sinh, "Asinh": np.arcsinh, "Atanh": np.arctanh, "Tanh": np.tanh, "Erf": erf,
    "Relu": lambda x: np.maximum(x, 0), "Sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "Clip": np.clip, "Where": lambda c, yes, no: np.where(c, yes, no),
    "ReduceL2": lambda x, **_: np.linalg.norm(x, axis=-1, keepdims=True),
    "Gemm": lambda x, w, b=0.0: x @ w + b,
    "Interpolate": interpolate,
}  # fmt: skip
