"""
Features for a classifier
=========================

Wider codes are not for looking at but for computing with: 16 numbers in place of 64 pixels,
learnt without labels. PCA does the same, is linear, and takes a millisecond. What does one get
for the wait?
"""

# %%
# One Pipeline, two ways to make features
# ---------------------------------------
# ``neighbor_weight=0`` gives all widths the same kind of encoder, which reads principal
# components. It is the default above three.

import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.metrics import reconstruction_r2_scorer

X, y = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(X, y, stratify=y, random_state=0)

widths = (2, 4, 16)
r2, accuracy = {}, {}
for n_components in widths:
    for features in (
        AdversarialAutoencoder(n_components, neighbor_weight=0, random_state=0),
        PCA(n_components),
    ):
        model = make_pipeline(features, StandardScaler(), LogisticRegression(max_iter=1000))
        model.fit(X, y)
        key = type(features).__name__, n_components
        r2[key] = reconstruction_r2_scorer(model[0], X_test)
        accuracy[key] = model.score(X_test, y_test)

# %%
# The same classifier on the untouched pixels is what there is to reach.

pixels = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(X, y)
ceiling = pixels.score(X_test, y_test)

import matplotlib.pyplot as plt

_, axes = plt.subplots(1, 2, figsize=(10, 4), sharex=True, layout="constrained")
for ax, title, values in zip(
    axes,
    ("R² of held-out rows", "accuracy of a logistic regression"),
    (r2, accuracy),
    strict=True,
):
    for name in ("AdversarialAutoencoder", "PCA"):
        ax.plot(widths, [values[name, n] for n in widths], "o-", label=name)
    ax.set(title=title, xlabel="n_components", xscale="log", xticks=widths, xticklabels=widths)
    ax.set_ylim(0, 1)
    ax.minorticks_off()
axes[1].axhline(ceiling, color="0.6", linestyle="--", label="all 64 pixels")
axes[1].legend(frameon=False, loc="lower right")
plt.show()

# %%
# With few components the autoencoder keeps far more of the rows and of what tells them apart.
# With 16 it still rebuilds better, but PCA's features serve a linear classifier better.
# Take PCA there.

errors = round(len(y_test) * (accuracy["PCA", 16] - accuracy["AdversarialAutoencoder", 16]))
standard_error = np.sqrt(len(y_test) * accuracy["PCA", 16] * (1 - accuracy["PCA", 16]))
print(f"{errors} of {len(y_test)} rows between them; the standard error is {standard_error:.0f}")
