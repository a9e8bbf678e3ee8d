"""Slow twins of the core in plain numpy and Python, written from the definitions."""

import math

import numpy as np


def squared_error(x, x_decoded):
    """Mean over rows of the sum over features of squared differences."""
    return sum(
        sum((float(p) - float(q)) ** 2 for p, q in zip(row, decoded, strict=True))
        for row, decoded in zip(x, x_decoded, strict=True)
    ) / len(x)


def log_loss(x, logits):
    """Mean of -x ln(p) - (1 - x) ln(1 - p) with p = 1 / (1 + exp(-logit))."""
    terms = []
    for value, logit in zip(np.ravel(x), np.ravel(logits), strict=True):
        p = 1 / (1 + math.exp(-logit))
        terms.append(-value * math.log(p) - (1 - value) * math.log(1 - p))
    return sum(terms) / len(terms)


def discriminator_loss(logits_prior, logits_code):
    """Cross-entropy of a classifier that shall say 1 on the prior and 0 on codes."""
    on_prior = [-math.log(1 / (1 + math.exp(-t))) for t in np.ravel(logits_prior)]
    on_codes = [-math.log(1 - 1 / (1 + math.exp(-t))) for t in np.ravel(logits_code)]
    return sum(on_prior) / len(on_prior) + sum(on_codes) / len(on_codes)


def encoder_loss(logits_code):
    """The non-saturating side: -ln of the probability that a code is a prior's draw."""
    return sum(-math.log(1 / (1 + math.exp(-t))) for t in np.ravel(logits_code)) / np.size(
        logits_code
    )


def kernel_distance(codes, draws, scales):
    """Means of the inverse multiquadric kernels over pairs, pair by pair."""
    n, width = codes.shape

    def kernel(a, b):
        squared = sum((float(p) - float(q)) ** 2 for p, q in zip(a, b, strict=True))
        return sum(2 * scale * width / (2 * scale * width + squared) for scale in scales)

    pairs = [kernel(codes[i], codes[j]) for i in range(n) for j in range(n) if i != j]
    across = [kernel(code, draw) for code in codes for draw in draws]
    return sum(pairs) / len(pairs) - 2 * sum(across) / len(across)


def activation(name, t):
    """Formulas of the activations at one number."""
    return {
        "relu": max(t, 0.0),
        "tanh": math.tanh(t),
        "silu": t / (1 + math.exp(-t)),
        "gelu": t * (1 + math.erf(t / math.sqrt(2))) / 2,
    }[name]


def network(weights, biases, name, row):
    """A multilayer perceptron on one row, neuron by neuron."""
    values = [float(v) for v in row]
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        values = [
            sum(float(w) * v for w, v in zip(neuron, values, strict=True)) + float(b)
            for neuron, b in zip(weight, bias, strict=True)
        ]
        if layer < len(weights) - 1:
            values = [activation(name, v) for v in values]
    return values


def energy_distance(a, b):
    """Székely and Rizzo: 2 E|a - b| - E|a - a'| - E|b - b'|, 0 for equal laws."""

    def mean_distance(p, q):
        return np.mean([np.linalg.norm(q - row, axis=1).mean() for row in p])

    return 2 * mean_distance(a, b) - mean_distance(a, a) - mean_distance(b, b)


def explained_variance(rows, decoded, mean):
    """1 - sum of squared errors / sum of squared distances to the mean training row."""
    residual = total = 0.0
    for row, reconstruction in zip(rows, decoded, strict=True):
        for value, guess, centre in zip(row, reconstruction, mean, strict=True):
            residual += (value - guess) ** 2
            total += (value - centre) ** 2
    return 1 - residual / total


def nearest(x, points, n_neighbors):
    """Indices of the nearest points of each row, by sorting all distances."""
    return [
        sorted(range(len(points)), key=lambda j: float(np.sum((row - points[j]) ** 2)))[
            :n_neighbors
        ]
        for row in x
    ]


def balanced_place(codes, push, weights, scale, mode_scale, damping):
    """One step of the layout for a row, from the middle of the group that it joins."""

    def kernel(z, width):
        return np.array(
            [
                w / (1 + np.sum((c - z) ** 2) / width**2)
                for c, w in zip(codes, weights, strict=True)
            ]
        )

    width = mode_scale / scale
    start = max(codes[:8], key=lambda z: kernel(z, width).sum())
    group = kernel(start, width) / kernel(start, width).sum()
    z = sum(g * c for g, c in zip(group, codes, strict=True))
    pull = kernel(z, 1)
    force = sum(p * (z - c) for p, c in zip(pull, codes, strict=True))
    force = force + sum(g * u for g, u in zip(group, push, strict=True))
    return scale * (z - force / (damping * pull.sum() + 1 / 30))
