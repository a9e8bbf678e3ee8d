"""
Choosing a prior by grid search
===============================

The prior is a parameter like any other: a name, an object with parameters of its own, a law of
scipy, or a function that draws. All can stand in one grid.
"""

# %%
# Five laws in one grid
# ---------------------
# ``prior__df`` is a parameter of the Student-t law, as ``svc__C`` is one of a step of a
# Pipeline. A function takes the number of draws, their width and a source of randomness.

# sphinx_gallery_thumbnail_number = 2
import numpy as np
from scipy import stats

from aae_sklearn.priors import NormalPrior, StudentTPrior


def ring(n_samples, n_components, random_state):
    """Directions without preference, lengths close to 1."""
    directions = random_state.standard_normal((n_samples, n_components))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return directions * random_state.normal(1.0, 0.1, size=(n_samples, 1))


grid = [
    {"prior": [NormalPrior()]},
    {"prior": [StudentTPrior()], "prior__df": [1, 3]},
    {"prior": [stats.uniform(-1, 2)]},
    {"prior": [ring]},
]

# %%
# What to ask for
# ---------------
# Scorers of ``aae_sklearn.metrics`` judge held-out rows and need no labels. Without labels one
# wants codes that follow the law (``prior_match_scorer``, 1 at best), rows that can be rebuilt
# from them (``reconstruction_r2_scorer``) and neighbours that stay neighbours
# (``trustworthiness_scorer``). ``combined_scorer`` is the product of the first two.

from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, ShuffleSplit

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.metrics import (
    combined_scorer,
    prior_match_scorer,
    reconstruction_r2_scorer,
    trustworthiness_scorer,
)

X, y = load_digits(return_X_y=True)
X, y = X[:600], y[:600]

search = GridSearchCV(
    AdversarialAutoencoder(
        hidden_layer_sizes=(64, 64), max_iter=50, layout_max_iter=100, random_state=0
    ),
    grid,
    scoring={
        "prior match": prior_match_scorer,
        "reconstruction R²": reconstruction_r2_scorer,
        "trustworthiness": trustworthiness_scorer,
        "combined": combined_scorer,
    },
    refit="combined",
    cv=ShuffleSplit(1, test_size=1 / 3, random_state=0),
)
search.fit(X)
print("best by match times R²:", search.best_params_)

# %%
# What the law costs
# ------------------
# A dot is a law, a column a score. Four laws lie together: their coordinates are independent, and
# a game for such a law is played as one for the normal law, then reported as the law asks. There
# the choice is free, and one takes the law that is most useful afterwards. The ring is another
# shape, and codes match it less well.

import matplotlib.pyplot as plt

names = ["normal", "Student t, df=1", "Student t, df=3", "uniform", "ring"]
scores = list(search.scoring)
_, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
for k, name in enumerate(names):
    values = [search.cv_results_[f"mean_test_{score}"][k] for score in scores]
    ax.plot(values, [s + 0.12 * (k - 2) for s in range(len(scores))], "o", label=name)
ax.set(yticks=range(len(scores)), yticklabels=scores, xlabel="score of held-out rows")
ax.invert_yaxis()
ax.grid(axis="x", alpha=0.3)
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
plt.show()

# %%
# The same rows under three laws
# ------------------------------
# The heavy tails of a t law with df=3 push some clusters far out, the uniform law fills a square.
# Of the ring not much is seen, since neighbours weigh more than the law does. Whoever wants the
# ring pulls harder: at ten times the default ``adversarial_weight`` all but the eights lie on it.

from sklearn.base import clone

from aae_sklearn.display import EmbeddingDisplay

tries = [(2, {}), (3, {}), (4, {}), (4, {"adversarial_weight": 5})]
_, axes = plt.subplots(2, 2, figsize=(9, 9), layout="constrained")
for (k, more), ax in zip(tries, axes.flat, strict=True):
    model = clone(search.estimator)
    model.set_params(**clone(search.cv_results_["params"][k], safe=False), **more)
    name = ", ".join([names[k], *(f"{key}={value}" for key, value in more.items())])
    EmbeddingDisplay.from_codes(model.fit_transform(X), y, name=name, labels="medians", ax=ax)
plt.show()
