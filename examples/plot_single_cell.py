"""
A single-cell analysis
======================

Cells by the expression of their genes: a map, genes as colours, cells that arrive later, and cells
that were never measured.
"""

# %%
# The cells
# ---------
# Three public sets, in files that are looked for in the folder that ``AAE_DATA_DIR`` names: blood
# cells (``pbmc68k_reduced`` of scanpy, scaled expression; ``pbmc3k``, principal components) and a
# mouse's bladder (``mouse_bladder``, logarithms of counts).

# sphinx_gallery_thumbnail_path = '_static/single_cell.png'
import os
from pathlib import Path

import numpy as np

folder = Path(os.environ.get("AAE_DATA_DIR", "../shared/data"))
files = [folder / f"{name}.npz" for name in ("pbmc68k_reduced", "pbmc3k", "mouse_bladder")]
for path in files:
    if not path.exists():
        print(f"{path} is missing; set AAE_DATA_DIR to a folder that has it")
        raise SystemExit(0)


def read(path):
    """The arrays of a file."""
    with np.load(path) as arrays:
        return dict(arrays)


blood, later, bladder = (read(path) for path in files)
X, y, label_names = blood["X_scaled"], blood["y"], blood["label_names"]
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
_, axes = plt.subplots(1, 3, figsize=(12, 4), sharex=True, sharey=True, layout="constrained")
for gene, ax in zip(markers, axes, strict=True):
    EmbeddingDisplay.from_codes(
        model.embedding_, X[:, gene], color_by="values", name=f"gene {gene}", ax=ax
    )
plt.show()

# %%
# Cells that arrive later
# -----------------------
# A map of every other cell of ``pbmc3k``, and the rest placed on it. Each takes the type of most
# of its neighbours there. (The types were found in these same components, so it should be easy.)

from sklearn.neighbors import KNeighborsClassifier

X, y, label_names = later["X"], later["y"], later["label_names"]
model = AdversarialAutoencoder(random_state=0).fit(X[::2])
codes = model.transform(X[1::2])
EmbeddingDisplay.from_codes(
    model.embedding_,
    y[::2],
    new_codes=codes,
    new_y=y[1::2],
    label_names=label_names,
    name="cells that arrived later",
)
plt.show()
neighbors = KNeighborsClassifier(10).fit(model.embedding_, y[::2])
print(f"given the right type: {neighbors.score(codes, y[1::2]):.1%}")

# %%
# Cells that were never measured
# ------------------------------
# Samples of the prior, decoded into 2,000 genes of the bladder. Gene by gene, do they have the
# mean and the spread of real cells?

X = bladder["X_log_hvg"]
model = AdversarialAutoencoder(random_state=0).fit(X)
generated = model.sample(2000, random_state=0)

_, axes = plt.subplots(1, 2, figsize=(9, 4.5), layout="constrained")
for ax, name, moment in zip(axes, ("mean", "standard deviation"), (np.mean, np.std), strict=True):
    real, new = moment(X, axis=0), moment(generated, axis=0)
    ax.scatter(real, new, s=6, alpha=0.4, linewidths=0)
    ax.axline((0, 0), slope=1, color="0.6", linestyle="--")
    ax.set(title=f"{name} of each gene", xlabel="real cells", ylabel="generated cells")
    ax.set(xlim=(0, real.max()), ylim=(0, real.max()), aspect="equal")
    print(f"{name}: correlation over the genes {np.corrcoef(real, new)[0, 1]:.3f}")
plt.show()

# %%
# The means agree. The spreads are in order but fall short, and must: two numbers cannot tell what
# 2,000 genes do, and the decoder gives the mean of what they leave open. The model says how much
# of the variance its codes account for.

print(f"explained variance: {model.score(X):.0%}")
