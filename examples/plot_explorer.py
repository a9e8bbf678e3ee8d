"""
Walking over a map
==================

A map as one file of HTML: move over it, and see the row that would be there.
"""

# %%
# The map
# -------
# Handwritten digits; every fifth is kept back, to be placed as a new row.

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from aae_sklearn import AdversarialAutoencoder

X, X_new, y, y_new = train_test_split(*load_digits(return_X_y=True), test_size=0.2, random_state=0)
aae = AdversarialAutoencoder(random_state=0).fit(X)

# %%
# The page
# --------
# The image at the right is decoded while you move, by the decoder itself. It is pale where there
# are no rows: there the decoder guesses. A click holds the cursor; *Lasso* selects rows and saves
# their numbers; *Path* decodes along a line that you draw. Outlined are the new rows. *Colour by*
# also shows how far each place can be trusted.

from aae_sklearn.display import Explorer

is_top = X[:, :32].sum(axis=1) > X[:, 32:].sum(axis=1)
frame = {"ink": X.mean(axis=1), "heavier_half": np.where(is_top, "upper", "lower")}
explorer = Explorer.from_estimator(
    aae, X, y, X_new=X_new, y_new=y_new, image_shape=(8, 8), frame=frame,
    title="Handwritten digits",
)  # fmt: skip
explorer

# %%
# A file to send to others
# ------------------------
# It needs no network, no Python and no other file.

import tempfile
from pathlib import Path

path = Path(tempfile.mkdtemp()) / "digits.html"
explorer.save(path)
print(f"{path.stat().st_size / 1e6:.1f} MB")
