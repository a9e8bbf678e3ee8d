"""Slow twins in plain numpy and Python, written from the definitions, loop by loop."""

import itertools
import math

import numpy as np


def distance(a, b):
    """Euclidean distance of two vectors."""
    return math.sqrt(sum((float(p) - float(q)) ** 2 for p, q in zip(a, b, strict=True)))


def neighbor_order(rows, i):
    """The other rows, nearest first."""
    others = [j for j in range(len(rows)) if j != i]
    return sorted(others, key=lambda j: distance(rows[i], rows[j]))


def trustworthiness(rows, codes, n_neighbors):
    """Venna and Kaski 2001, equation 1."""
    n, k = len(rows), n_neighbors
    penalty = 0
    for i in range(n):
        rank = {j: position + 1 for position, j in enumerate(neighbor_order(rows, i))}
        intruders = set(neighbor_order(codes, i)[:k]) - set(neighbor_order(rows, i)[:k])
        penalty += sum(rank[j] - k for j in intruders)
    return 1.0 - 2.0 * penalty / (n * k * (2 * n - 3 * k - 1))


def continuity(rows, codes, n_neighbors):
    """Venna and Kaski 2001, equation 2."""
    n, k = len(rows), n_neighbors
    penalty = 0
    for i in range(n):
        rank = {j: position + 1 for position, j in enumerate(neighbor_order(codes, i))}
        lost = set(neighbor_order(rows, i)[:k]) - set(neighbor_order(codes, i)[:k])
        penalty += sum(rank[j] - k for j in lost)
    return 1.0 - 2.0 * penalty / (n * k * (2 * n - 3 * k - 1))


def neighbor_recall(rows, codes, n_neighbors):
    """Mean share of nearest neighbours kept."""
    shares = [
        len(
            set(neighbor_order(rows, i)[:n_neighbors])
            & set(neighbor_order(codes, i)[:n_neighbors])
        )
        / n_neighbors
        for i in range(len(rows))
    ]
    return sum(shares) / len(shares)


def knn_accuracy(codes_train, y_train, codes, y, n_neighbors):
    """Majority vote of the nearest training codes, the smallest label winning ties."""
    hits = 0
    for code, label in zip(codes, y, strict=True):
        order = sorted(range(len(codes_train)), key=lambda j: distance(code, codes_train[j]))
        votes = [y_train[j] for j in order[:n_neighbors]]
        hits += min(set(votes), key=lambda v: (-votes.count(v), v)) == label
    return hits / len(codes)


def distance_rank_correlation(rows, codes):
    """Pearson correlation of the ranks of all pair distances, for distinct distances."""
    pairs = [(i, j) for i in range(len(rows)) for j in range(i)]
    ranks = []
    for points in (rows, codes):
        distances = [distance(points[i], points[j]) for i, j in pairs]
        ranks.append([sum(other < own for other in distances) for own in distances])
    return float(np.corrcoef(ranks)[0, 1])


def ks_distance(a, b):
    """Largest gap between two empirical distribution functions."""
    return max(abs(np.mean(a <= point) - np.mean(b <= point)) for point in [*a, *b])


def wasserstein_1(a, b):
    """Area between two empirical distribution functions."""
    points = np.sort(np.concatenate([a, b]))
    return sum(
        abs(np.mean(a <= left) - np.mean(b <= left)) * (right - left)
        for left, right in itertools.pairwise(points)
    )


def imq_kernel(a, b):
    """Inverse multiquadric kernel, averaged over seven scales."""
    squared = distance(a, b) ** 2
    widths = [2 * len(a) * scale for scale in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)]
    return sum(width / (width + squared) for width in widths) / 7


def squared_mmd(a, b):
    """Gretton et al. 2012, equation 3, for as many rows in a as in b."""
    n = len(a)
    total = 0.0
    for i in range(n):
        for j in range(n):
            total -= 2 * imq_kernel(a[i], b[j]) / n**2
            if i != j:
                total += (imq_kernel(a[i], a[j]) + imq_kernel(b[i], b[j])) / (n * (n - 1))
    return total


def parzen_log_likelihood(row, centers, sigma):
    """Log of the mean density of normal windows at one row."""
    densities = [
        math.prod(
            math.exp(-((x - c) ** 2) / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi))
            for x, c in zip(row, center, strict=True)
        )
        for center in centers
    ]
    return math.log(sum(densities) / len(densities))
