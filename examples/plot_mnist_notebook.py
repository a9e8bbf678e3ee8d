"""
The notebook this project grew from
===================================

It trained an adversarial autoencoder on MNIST: 784 pixels, two hidden layers of 1,000 units, a
code of 200 numbers with a Student-t prior. Then it showed a grid of samples and the codes in two
dimensions. Here it is again.

Its codes came out of a tanh, between -1 and 1, where a sample of the prior practically never
falls. The discriminator won at once, the autoencoder returned the mean image, and the printed
loss did not show it. Here the code layer is linear, the loss is printed in units of the mean
image's, and `fit` warns where it is not beaten.
"""

# %%
# The data
# --------
# MNIST if ``AAE_DATA_DIR`` names a folder that has it, else scikit-learn's small digits, whose 64
# pixels are worth 20 numbers and not 200.

import os
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

path = Path(os.environ.get("AAE_DATA_DIR", "../shared/data")) / "mnist.npz"
if path.exists():
    with np.load(path) as arrays:
        X, y = arrays["X_train"] / np.float32(255), arrays["y_train"]
        X_test = arrays["X_test"] / np.float32(255)
    image_shape, n_components, max_iter = (28, 28), 200, 5
else:
    X, X_test, y, _ = train_test_split(*load_digits(return_X_y=True), random_state=0)
    image_shape, n_components, max_iter = (8, 8), 20, 30
print(f"{X.shape[0]:,} images of {image_shape[0]} x {image_shape[1]} pixels")

# %%
# The model
# ---------
# The layers are the notebook's. ``StudentTPrior`` takes its degrees of freedom from the width
# of the code unless told, here 199, as the notebook's code did. The discriminator is smaller
# and there are few epochs, so that this page is quick.

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.priors import StudentTPrior

model = AdversarialAutoencoder(
    n_components=n_components,
    prior=StudentTPrior(),
    hidden_layer_sizes=(1000, 1000),
    max_iter=max_iter,
    random_state=0,
)
codes = model.fit_transform(X)
print("reconstruction loss per epoch, 1 is the mean image:")
print(np.round(model.history_["reconstruction_loss"], 3))
print(f"explained variance of {len(X_test):,} new images: {model.score(X_test):.3f}")

# %%
# Rows and their reconstruction
# -----------------------------

import matplotlib.pyplot as plt

from aae_sklearn.display import EmbeddingDisplay, ReconstructionDisplay, SamplesDisplay

ReconstructionDisplay.from_estimator(model, X_test[:2000], image_shape=image_shape)
plt.show()

# %%
# The grid of samples
# -------------------
# Samples of the prior, decoded, and the nearest real image of each. Many are digits, blurred,
# some are none: two hundred independent numbers are more than an image of a digit has to say.
# Look at :ref:`sphx_glr_auto_examples_plot_decoding_the_map.py` for what a map of two gives.

SamplesDisplay.from_estimator(model, X, image_shape=image_shape)
plt.show()

# %%
# The codes in two dimensions
# ---------------------------
# As in the notebook, by their first two principal components. A prior with equal and
# independent coordinates has no two directions that say much, so this is not a map to look at.

EmbeddingDisplay.from_codes(codes, y, name=f"{n_components} components by PCA")
plt.show()

# %%
# For a map one asks for two components; see
# :ref:`sphx_glr_auto_examples_plot_replacing_tsne.py`.
