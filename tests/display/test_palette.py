"""Colours of classes stay apart, for colour-blind readers too."""

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from aae_sklearn.display._palette import PALETTE, find_classes
from aae_sklearn.display._style import FAINT


def simulate(colors, matrix):
    linear = np.where(colors <= 0.04045, colors / 12.92, ((colors + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ np.array(matrix).T, 0, 1)
    to_xyz = np.array(
        [[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]]
    )
    xyz = linear @ to_xyz.T / [0.9505, 1.0, 1.0888]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.column_stack(
        [116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])]
    )


def ciede2000(first, second):
    """Sharma, Wu and Dalal (2005), "The CIEDE2000 color-difference formula"."""
    (l1, a1, b1), (l2, a2, b2) = first.T, second.T
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(mean**7 / (mean**7 + 25.0**7))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = (h2 - h1 + 180) % 360 - 180
    hue = (h1 + turn / 2) % 360
    light, chroma = (l1 + l2) / 2 - 50, (c1 + c2) / 2
    weight = 1 - 0.17 * np.cos(np.radians(hue - 30)) + 0.24 * np.cos(np.radians(2 * hue))
    weight += 0.32 * np.cos(np.radians(3 * hue + 6)) - 0.2 * np.cos(np.radians(4 * hue - 63))
    lightness = (l2 - l1) / (1 + 0.015 * light**2 / np.sqrt(20 + light**2))
    saturation = (c2 - c1) / (1 + 0.045 * chroma)
    direction = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * chroma * weight)
    blue = np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * blue
    return np.sqrt(lightness**2 + saturation**2 + direction**2 + rotation * saturation * direction)


def test_the_formula_agrees_with_its_authors_table():
    first = np.array([[50.0, 2.6772, -79.7751], [50.0, 2.5, 0.0], [2.0776, 0.0795, -1.1350]])
    second = np.array([[50.0, 0.0, -82.7485], [61.0, -5.0, 29.0], [0.9033, -0.0636, -0.5514]])
    np.testing.assert_allclose(ciede2000(first, second), [2.0425, 22.8977, 0.9082], atol=1e-4)


@pytest.mark.parametrize(
    ("matrix", "least"),
    [
        (np.eye(3), (19, 13, 10)),
        ([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]], (10, 8, 6)),
        ([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]], (10, 8, 6)),
        ([[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]], (10, 6, 5)),
    ],
    ids=["normal", "protan", "deutan", "tritan"],
)
def test_the_first_ten_twenty_and_forty_colours_stay_apart(matrix, least):
    lab = simulate(np.array([to_rgba(color)[:3] for color in (*PALETTE, FAINT)]), matrix)
    first, second = np.triu_indices(41, 1)
    distance = ciede2000(lab[first], lab[second])
    assert len(set(PALETTE)) == 40
    for n_colors, bound in zip((10, 20, 40), least, strict=True):
        assert distance[second < n_colors].min() > bound
    assert distance[second == 40].min() > 4  # the grey of missing labels


def test_names_of_labels_are_as_they_are_read():
    assert find_classes(np.array([b"a", b"b"])).names == ("a", "b")
    assert find_classes(np.array([1.0, np.nan, 2.0])).names == ("1", "2")
