"""
A single-cell analysis
======================

700 cells of human blood by the expression of 765 genes: a map, a gene as colour, and cells that
were never measured.
"""

# %%
# The cells
# ---------
# ``pbmc68k_reduced`` of scanpy, scaled expression. The file is looked for in the folder that
# ``AAE_DATA_DIR`` names.

import os
from pathlib import Path

import numpy as np

path = Path(os.environ.get("AAE_DATA_DIR", "../shared/data")) / "pbmc68k_reduced.npz"
if not path.exists():
    print(f"{path} is missing; set AAE_DATA_DIR to a folder that has it")
    raise SystemExit(0)
with np.load(path) as arrays:
    X, y, label_names = arrays["X_scaled"], arrays["y"], arrays["label_names"]
print(f"{X.shape[0]} cells, {X.shape[1]} genes, {len(label_names)} types")

# %%
# The map
# -------
# The types were given to the cells by comparing them with sorted ones, and not from these
# numbers; so it says something if they lie together. Three kinds of CD4 cells do not.

import matplotlib.pyplot as plt

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.display import EmbeddingDisplay

model = AdversarialAutoencoder(random_state=0).fit(X)
EmbeddingDisplay.from_codes(
    model.embedding_, y, label_names=label_names, name="cells by type", labels="legend"
)
plt.show()

# %%
# Genes as colours
# ----------------
# The three genes that tell the types apart best, by the F statistic. The file has no names of
# genes, so they are known by their columns.

from sklearn.feature_selection import f_classif

markers = np.argsort(f_classif(X, y)[0])[::-1][:3]
_, axes = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
for gene, ax in zip(markers, axes, strict=True):
    EmbeddingDisplay.from_codes(
        model.embedding_, X[:, gene], color_by="values", name=f"gene {gene}", ax=ax
    )
plt.show()

# %%
# Cells that were never measured
# ------------------------------
# Draws of the prior, decoded. Gene by gene, do they have the mean and the spread of real ones?
# A map to look at has gaps between its clusters, and draws that fall into them are mixtures of
# cells that do not exist. Sixteen components, which are computed with and not looked at, are
# without the neighbour term that makes these gaps.

wide = AdversarialAutoencoder(16, random_state=0).fit(X)
generated = {"map": model.sample(2000, random_state=0), "16": wide.sample(2000, random_state=0)}

_, axes = plt.subplots(1, 2, figsize=(9, 4.5), layout="constrained")
for ax, name, moment in zip(axes, ("mean", "standard deviation"), (np.mean, np.std), strict=True):
    real = moment(X, axis=0)
    for cells in generated.values():
        ax.scatter(real, moment(cells, axis=0), s=6, alpha=0.5)
    ax.axline((0, 0), slope=1, color="0.6", linestyle="--")
    ax.set(title=f"{name} of each gene", xlabel="real cells", ylabel="generated cells")
    ax.set_aspect("equal", adjustable="datalim")
axes[0].legend(["2 components, the map", "16 components"], frameon=False, loc="upper left")
plt.show()

# %%
# The means of the sixteen are closer to the real ones. The spreads fall short, and must: a code
# cannot tell what 765 genes do, and the decoder gives the mean of what it leaves open. The model
# says how much of the variance its codes account for.

print(f"map: {model.score(X):.0%}, 16 components: {wide.score(X):.0%}")
