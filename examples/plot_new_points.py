"""
New points and a drift of the data
==================================

A fitted map stays where it is, so rows that arrive later can be compared with those it was made
from. Here a camera slips: the longer it is in use, the more of its images are one pixel off.
"""

# %%
# The map before the camera went into use
# ---------------------------------------

# sphinx_gallery_thumbnail_number = 2
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from aae_sklearn import AdversarialAutoencoder

X, y = load_digits(return_X_y=True)
X, X_later, y, y_later = train_test_split(X, y, test_size=0.4, random_state=0)
model = AdversarialAutoencoder(random_state=0).fit(X)

# %%
# Six weeks of use
# ----------------
# Of the images of week k, a share of k fifths is shifted to the right by one of eight pixels.

import numpy as np

rng = np.random.default_rng(0)
shares = np.linspace(0, 1, 6)
weeks = []
for share, rows in zip(shares, np.array_split(X_later, 6), strict=True):
    images = rows.reshape(-1, 8, 8).copy()
    slipped = rng.random(len(images)) < share
    images[slipped] = np.roll(images[slipped], 1, axis=2)
    weeks.append(images.reshape(-1, 64))

# %%
# Where they fall
# ---------------
# The first week lies where its digits lie. In the last, the images look for the nearest thing
# that the map knows.

import matplotlib.pyplot as plt

from aae_sklearn.display import EmbeddingDisplay

label = np.array_split(y_later, 6)
_, axes = plt.subplots(1, 2, figsize=(10, 5), sharex=True, sharey=True, layout="constrained")
for ax, week in zip(axes, (0, 5), strict=True):
    EmbeddingDisplay.from_estimator(
        model, X, y, X_new=weeks[week], y_new=label[week], name=f"week {week}", ax=ax
    )
plt.show()

# %%
# A number for each week
# ----------------------
# Two things to watch, and neither needs a label. How well are the rows rebuilt (1 is all of
# their variance)? And do their codes fall as densely here and there as those of the rows that
# were fitted? The grey band is what 95 of 100 samples of the fitted rows themselves give.

from aae_sklearn.metrics import ks_statistic, null_distribution
from aae_sklearn.priors import EmpiricalPrior

rebuilt = [model.score(rows) for rows in weeks]
as_fitted = EmpiricalPrior(model.embedding_)
distance = [ks_statistic(model.transform(rows), as_fitted, random_state=0) for rows in weeks]
usual = null_distribution(ks_statistic, as_fitted, len(weeks[0]), 2, random_state=0)

_, (top, bottom) = plt.subplots(2, 1, figsize=(6, 5), sharex=True, layout="constrained")
top.plot(rebuilt, "o-")
top.set(ylabel="explained variance", ylim=(min(0, *rebuilt), 1))
bottom.axhspan(0, np.quantile(usual, 0.95), color="0.9")
bottom.plot(distance, "o-")
bottom.set(xlabel="week", ylabel="KS distance of the codes", ylim=(0, None))
plt.show()

# %%
# Reconstruction falls with each week, since slipped images are no images that the model knows.
# The codes are a later sign: a map puts every row somewhere among the rows that it knows, and only
# the shares of its places change. Compare with the first weeks.
