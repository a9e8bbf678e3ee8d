"""
Replacing TSNE in an analysis
=============================

An analysis that ends in ``TSNE(...).fit_transform(X)`` and a scatter plot changes in one line.
This example draws the map before and the map after, and then does what could not be done
before: it places rows that were not there when the map was made.
"""

# %%
# Before
# ------
# Handwritten digits, 64 numbers each. Some are put aside, to arrive later.

# sphinx_gallery_thumbnail_number = 2
from sklearn.datasets import load_digits
from sklearn.manifold import TSNE
from sklearn.model_selection import train_test_split

X, y = load_digits(return_X_y=True)
X, X_later, y, y_later = train_test_split(X, y, test_size=0.2, random_state=0)

before = TSNE(random_state=0).fit_transform(X)

# %%
# After
# -----
# The same call on another class. ``random_state`` makes it repeatable, as it did before.

from aae_sklearn import AdversarialAutoencoder

model = AdversarialAutoencoder(random_state=0)
after = model.fit_transform(X)

# %%
# Side by side
# ------------
# A display draws any map, so both get the same picture. Centre, spread and outline of the right
# one are no accident: its codes are trained to have the prior's distribution, here a normal one
# with standard deviation 1 along each axis. The unit of the left one has no meaning.

import matplotlib.pyplot as plt

from aae_sklearn.display import EmbeddingDisplay

_, (left, right) = plt.subplots(1, 2, figsize=(10, 5), layout="constrained")
EmbeddingDisplay.from_codes(before, y, name="before: TSNE", ax=left)
EmbeddingDisplay.from_codes(after, y, name="after: AdversarialAutoencoder", ax=right)
plt.show()

# %%
# Which one keeps neighbours better? Trustworthiness is 1 if all that are close on the map are
# close in the data. On the rows that it was fitted on, t-SNE is hard to beat.

from aae_sklearn.metrics import trustworthiness

for name, codes in (("TSNE", before), ("AdversarialAutoencoder", after)):
    print(f"{name}: trustworthiness {trustworthiness(X, codes, n_neighbors=15):.3f}")

# %%
# What was not possible before
# ----------------------------
# The rows put aside find their places, drawn over the others. Nothing is fitted again, and the
# places of the old rows stay as they were.

codes_later = model.transform(X_later)
EmbeddingDisplay.from_codes(
    after, y, new_codes=codes_later, new_y=y_later, name="rows that arrived later"
)
plt.show()
print(f"trustworthiness among them: {trustworthiness(X_later, codes_later, n_neighbors=15):.3f}")

# %%
# The other examples decode the map, sample new rows, choose its distribution, and find rows that
# do not belong.
