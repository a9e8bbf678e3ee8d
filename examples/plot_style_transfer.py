"""
The same hand, another digit
============================

With a label for each row a code has two parts that say different things: the class, and the
*style*, which is what the class does not say. Style and class can then be exchanged.
"""

# %%
# All rows have labels
# --------------------

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from aae_sklearn import AdversarialAutoencoderClassifier

X, y = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(X, y, stratify=y, random_state=0)
clf = AdversarialAutoencoderClassifier(max_iter=60, random_state=0).fit(X, y)
print(f"{clf.score(X_test, y_test):.1%} of new images are classified rightly")

# %%
# Does the style leave the class out? A classifier of the styles alone should do no better than
# chance, which is 10 %. It does better on styles that hold some of the class still.

styles = clf.transform(X)
of_styles = LogisticRegression(max_iter=1000).fit(styles, y)
print(f"{of_styles.score(clf.transform(X_test), y_test):.0%} of the classes follow from the style")

# %%
# One style in every class
# ------------------------
# The first column has real images. Beside each its style is decoded in all classes.

import matplotlib.pyplot as plt

from aae_sklearn.display import StyleGridDisplay

StyleGridDisplay.from_estimator(clf, X_test[[3, 11, 24, 40, 58, 77]], image_shape=(8, 8))
plt.show()

# %%
# From one digit to another
# -------------------------
# The style of each image is kept, and its class replaced by the next one: 0 becomes 1, and 9
# becomes 0. Does the classifier take the new image for its new class?

style, new = clf.transform(X_test), (y_test + 1) % 10
moved = clf.inverse_transform(style, label=new)
print(f"{np.mean(clf.predict(moved) == new):.0%} are taken for the new class")

_, axes = plt.subplots(2, 10, figsize=(10, 2.4), layout="constrained")
for digit in range(10):
    row = np.flatnonzero(y_test == digit)[0]
    for ax, image in zip(axes[:, digit], (X_test[row], moved[row]), strict=True):
        ax.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=16)
        ax.axis("off")
plt.show()

# %%
# What does one number of the style say?
# --------------------------------------
# One component after the other, from -2 to 2, in the class 4; the others stay at 0.

steps = np.linspace(-2, 2, 7)
_, axes = plt.subplots(4, 7, figsize=(7, 4), layout="constrained")
for component, tiles in enumerate(axes):
    codes = np.zeros((7, styles.shape[1]))
    codes[:, component] = steps
    for ax, image in zip(tiles, clf.inverse_transform(codes, label=4), strict=True):
        ax.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=16)
        ax.axis("off")
plt.show()
