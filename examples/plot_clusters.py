"""
Clusters with prototypes
========================

Which kinds of rows are there? A clustering answers with numbers. A clustering that decodes answers
with pictures: each cluster has a prototype, and samples that show what varies within it.
"""

# %%
# Groups that hold together
# -------------------------
# Labels are not used; they are kept aside to judge by.

import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import train_test_split

from aae_sklearn import AdversarialAutoencoderClusterer

X, y = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(X, y, stratify=y, random_state=0)

clu = AdversarialAutoencoderClusterer(12, max_iter=40, random_state=0).fit(X)
k_means = KMeans(12, n_init=10, random_state=0).fit(X)
for way in (clu, k_means):
    agreement = adjusted_rand_score(y_test, way.predict(X_test))
    print(f"{type(way).__name__}: adjusted Rand index {agreement:.2f} on held-out rows")

# %%
# How many are there?
# -------------------
# ``n_clusters="auto"`` takes as many as have the largest modularity.

import matplotlib.pyplot as plt

counts = np.arange(1, 31)
_, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.plot(counts, clu.modularity_[: len(counts)], "o-", markersize=3)
ax.set(xlabel="number of groups", ylabel="modularity")
plt.show()

# %%
# Prototypes
# ----------
# The style of a prototype is 0, the middle of the prior. Below each are the real rows that are
# most probably in the cluster.

clusters = np.unique(clu.labels_)
middle = np.zeros((len(clusters), clu.n_components))
prototypes = clu.inverse_transform(middle, label=clusters)
surest = np.argsort(-clu.predict_proba(X), axis=0)[:4, clusters]

_, axes = plt.subplots(5, len(clusters), figsize=(9, 4), layout="constrained")
for column, cluster in enumerate(clusters):
    images = [prototypes[column], *X[surest[:, column]]]
    for ax, image in zip(axes[:, column], images, strict=True):
        ax.imshow(image.reshape(8, 8), cmap="gray_r")
        ax.axis("off")
    axes[0, column].set_title(f"{cluster}", fontsize=9)
plt.show()

# %%
# Styles in all clusters
# ----------------------
# Each row of the grid is one style, each column a cluster.

from aae_sklearn.display import StyleGridDisplay

StyleGridDisplay.from_estimator(clu, n_styles=5, image_shape=(8, 8))
plt.show()
