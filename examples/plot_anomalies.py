"""
Rows that do not belong
=======================

An autoencoder that knows ordinary rows gives hints that a row is not one of them: it is not
rebuilt well, it is far from all rows that were fitted, or principal components leave much of it
out. `outlier_score` combines them. The density of the prior at a row's code is no hint to rely on:
a strange row may get a usual code.
"""

# %%
# Ordinary rows
# -------------
# Cell nuclei of a breast biopsy, 30 measurements each. The model sees benign ones only, and must
# find the malignant ones among benign ones that it has not seen. The measurements have
# different units, hence ``feature_scaling="per_feature"``.
#
# The map keeps references of the rows that it was fitted on, and a distance to them can be taken.

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

from aae_sklearn import AdversarialAutoencoder

data = load_breast_cancer()
benign, malignant = data.data[data.target == 1], data.data[data.target == 0]
X, benign = train_test_split(benign, random_state=0)

model = AdversarialAutoencoder(feature_scaling="per_feature", random_state=0).fit(X)

# %%
# Three scores
# ------------

X_new = np.vstack([benign, malignant])
is_malignant = np.repeat([False, True], [len(benign), len(malignant)])
units = X.std(axis=0)


def errors(rows):
    """Squared error of each feature, in units of its variance among ordinary rows."""
    return ((rows - model.inverse_transform(model.transform(rows))) / units) ** 2


reconstruction_error = errors(X_new).mean(axis=1)
outlier_score = model.outlier_score(X_new)
log_density = model.score_samples(X_new)

import matplotlib.pyplot as plt

_, ax = plt.subplots(figsize=(6.5, 4.5), layout="constrained")
for name, rows, color in (("benign", ~is_malignant, "C0"), ("malignant", is_malignant, "C3")):
    ax.scatter(outlier_score[rows], reconstruction_error[rows], s=10, label=name, color=color)
ax.set(yscale="log", xlabel="outlier score", ylabel="reconstruction error")
ax.legend(frameon=False)
plt.show()

# %%
# How good are they?
# ------------------
# The area under the ROC curve is the chance that a malignant row looks stranger than a benign
# one. scikit-learn's detector and a PCA of as many components, for comparison.

from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

scaler = StandardScaler().fit(X)
pca = PCA(2).fit(scaler.transform(X))
standardized = scaler.transform(X_new)
lost = standardized - pca.inverse_transform(pca.transform(standardized))
forest = IsolationForest(random_state=0).fit(X)

for name, strangeness in {
    "outlier score": outlier_score,
    "reconstruction error": reconstruction_error,
    "prior density": -log_density,
    "PCA's reconstruction error": (lost**2).mean(axis=1),
    "IsolationForest": -forest.score_samples(X_new),
}.items():
    print(f"{name:27} {roc_auc_score(is_malignant, strangeness):.3f}")

# %%
# For one number, compare with IsolationForest, which is faster. An autoencoder is worth its wait
# where one also asks what is wrong with a row.

# %%
# Why is a row strange?
# ---------------------
# What a detector does not say and an autoencoder does: which measurements are off, here for
# the strangest row.

strangest = reconstruction_error.argmax()
off = errors(X_new[[strangest]])[0]
worst = np.argsort(off)[-6:]
_, ax = plt.subplots(figsize=(6.5, 3), layout="constrained")
ax.barh(data.feature_names[worst], np.sqrt(off[worst]))
ax.set_xlabel("distance from the reconstruction, in standard deviations")
plt.show()
