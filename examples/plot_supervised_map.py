"""
A supervised map that is honest about new rows
==============================================

Labels can part the classes of a map. But rows whose labels a map has seen tend to look good, so
what counts is where new rows fall, which are placed without labels. Here both are drawn and
measured, with labels for all fitted digits, for one in ten, and for none.
"""

# %%
# Three maps of the same rows
# ---------------------------
# Where a label is unknown, y holds -1.

# sphinx_gallery_thumbnail_number = 1
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from aae_sklearn import AdversarialAutoencoder

X, X_new, y, y_new = train_test_split(*load_digits(return_X_y=True), random_state=0)
few = np.where(np.random.RandomState(0).uniform(size=len(y)) < 0.1, y, -1)
maps = {
    "no labels": AdversarialAutoencoder(random_state=0).fit(X),
    "a tenth of the labels": AdversarialAutoencoder(label_weight=0.5, random_state=0).fit(X, few),
    "all labels": AdversarialAutoencoder(label_weight=0.5, random_state=0).fit(X, y),
}

# %%
# Fitted rows above, new rows below
# ---------------------------------
# A fitted row is placed as if it were new, by the rows that resemble it, and not where its label
# says. So the upper maps promise little that the lower ones do not keep.

import matplotlib.pyplot as plt

from aae_sklearn.display import EmbeddingDisplay

_, axes = plt.subplots(2, 3, figsize=(11, 7.5), sharex=True, sharey=True, layout="constrained")
for (name, fitted), (above, below) in zip(maps.items(), axes.T, strict=True):
    EmbeddingDisplay.from_codes(fitted.embedding_, y, name=name, ax=above)
    EmbeddingDisplay.from_codes(fitted.transform(X_new), y_new, name="new rows", ax=below)
plt.show()

# %%
# The gap in numbers
# ------------------
# How many rows have the label of most of their ten nearest fitted codes? And how far apart do the
# classes lie, by the silhouette coefficient? The gap is what the fitted rows promise too much.

from aae_sklearn.metrics import class_separation

print("                        10 neighbours            silhouette")
print("                        fitted  new     gap      fitted  new     gap")
for name, fitted in maps.items():
    found = class_separation(fitted.embedding_, y, fitted.transform(X_new), y_new)
    print(
        f"{name:22}  {found.knn_fitted:.3f}   {found.knn_held_out:.3f}   {found.knn_gap:+.3f}   "
        f"{found.silhouette_fitted:.3f}   {found.silhouette_held_out:.3f}   "
        f"{found.silhouette_gap:+.3f}"
    )

# %%
# A place for each digit
# ----------------------
# With a mixture of ten components as prior each digit gets the petal of its number, and the petal
# that a new image falls into says which digit it is.

from aae_sklearn.priors import GaussianMixturePrior

petals = AdversarialAutoencoder(
    prior=GaussianMixturePrior(10), label_weight=0.5, random_state=0
).fit(X, y)
codes_new = petals.transform(X_new)
EmbeddingDisplay.from_codes(codes_new, y_new, name="new rows among petals")
plt.show()
print(
    f"{(petals.prior_.assign(codes_new) == y_new).mean():.3f} of the new images are in their petal"
)

# %%
# Labels earn their place where the rows alone do not part the classes, or where you want to see
# the classes and not what else the rows differ in. How much they tell of new rows, these show.
