"""
Forty labels
============

In a lab labels are dear and rows are cheap: somebody has named forty of a thousand images. A
classifier of these forty alone wastes the others. Here the others are used, and there is more to
be had than classes.
"""

# %%
# Four labels of each digit
# -------------------------
# A row without a label has -1, as in ``sklearn.semi_supervised``.

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.semi_supervised import LabelSpreading

from aae_sklearn import AdversarialAutoencoderClassifier

X, y = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(X, y, stratify=y, random_state=0)
few = np.full_like(y, -1)
for digit in range(10):
    named = np.flatnonzero(y == digit)[:4]
    few[named] = digit

clf = AdversarialAutoencoderClassifier(max_iter=50, random_state=0).fit(X, few)

# %%
# Three ways to learn from them, and their errors on rows that nobody has seen:

ways = {
    "logistic regression on forty rows": LogisticRegression(max_iter=1000).fit(
        X[few >= 0], few[few >= 0]
    ),
    "LabelSpreading": LabelSpreading("knn", n_neighbors=10).fit(X, few),
    "AdversarialAutoencoderClassifier": clf,
}
for name, way in ways.items():
    print(f"{name}: {1 - way.score(X_test, y_test):.1%} wrong")

# %%
# How sure is it?
# ---------------
# Rows of which it is less sure are those to label next, and those to look at.

import matplotlib.pyplot as plt

sure = clf.predict_proba(X_test).max(axis=1)
is_wrong = clf.predict(X_test) != y_test
doubtful = np.argsort(sure)[:20]
print(f"{is_wrong[doubtful].sum()} of {is_wrong.sum()} errors are among the 20 doubtful rows")
_, axes = plt.subplots(2, 10, figsize=(10, 2.4), layout="constrained")
for ax, row in zip(axes.flat, doubtful, strict=True):
    ax.imshow(X_test[row].reshape(8, 8), cmap="gray_r")
    ax.set_title(f"{clf.predict(X_test[[row]])[0]}?", fontsize=9)
    ax.axis("off")
plt.show()

# %%
# One style in every class
# ------------------------
# What the class does not say of a row is its style: slant, width, weight of the pen. Decode the
# style of a row in another class, and the same hand writes another digit. The first column has
# real rows.

from aae_sklearn.display import StyleGridDisplay

shown = X_test[[3, 11, 24, 40, 58, 77]]
StyleGridDisplay.from_estimator(clf, shown, image_shape=(8, 8))
plt.show()
