"""
Decoding the map: what lies between two clusters
================================================

Every point of the map stands for a row, also where no row is. So one can ask what a gap between
two clusters means.
"""

# %%
# The plane, decoded
# ------------------
# Right: a grid of codes at quantiles of the prior, each tile the image that its code stands for.
# It is the same plane as the map's on the left.

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.display import DecodedGridDisplay, EmbeddingDisplay, InterpolationDisplay

X, y = load_digits(return_X_y=True)
model = AdversarialAutoencoder(random_state=0).fit(X)

_, (left, right) = plt.subplots(1, 2, figsize=(11, 5.5), layout="constrained")
EmbeddingDisplay.from_codes(model.embedding_, y, name="the map", ax=left)
DecodedGridDisplay.from_estimator(model, image_shape=(8, 8), ax=right)
plt.show()

# %%
# A walk from the ones to the sevens
# ----------------------------------
# The straight line between the middles of two clusters.

import numpy as np

start, end = (np.median(model.embedding_[y == digit], axis=0) for digit in (1, 7))
share = np.linspace(0, 1, 12)[:, None]
walk = (1 - share) * start + share * end

display = EmbeddingDisplay.from_codes(model.embedding_, y, name="the walk")
display.ax_.plot(*walk.T, "o-", color="black", markersize=3, linewidth=1)
plt.show()

# %%
# Decoded, with the rows nearest to its ends:

nearest = [np.linalg.norm(model.embedding_ - end, axis=1).argmin() for end in (start, end)]
InterpolationDisplay.from_rows(X[nearest], model.inverse_transform(walk), image_shape=(8, 8))
plt.show()

# %%
# How sure is the decoder?
# ------------------------
# In a gap the decoder has nothing to go by. How far is what it says from any real image, in
# units of the distance between a real image and its nearest? In a cluster it is below 1, since
# the decoder gives an average; where it rises, no real image stands for what is drawn.

from sklearn.neighbors import NearestNeighbors

neighbors = NearestNeighbors(n_neighbors=1).fit(X)
usual = np.median(neighbors.kneighbors(n_neighbors=1)[0])
to_walk, _ = neighbors.kneighbors(model.inverse_transform(walk))
_, ax = plt.subplots(figsize=(6, 2.8), layout="constrained")
ax.plot(share[:, 0], to_walk[:, 0] / usual, "o-")
ax.axhline(1, color="0.6", linestyle="--")
ax.set(xlabel="share of the way", ylabel="distance to the\nnearest real image", ylim=(0, None))
plt.show()
