"""Measures of codes and reconstructions: arrays in; a number, an array or a record out.

Neighbours and distances: `trustworthiness`, `continuity`, `neighbor_recall`, `knn_accuracy`,
`distance_rank_correlation`. For clusters use :func:`sklearn.metrics.silhouette_score` on the
codes. For maps with labels, `class_separation` compares fitted with held-out rows.

Reconstruction: `reconstruction_r2`.

Match with the prior: `ks_statistic`, `sliced_wasserstein`, `mmd`, `mmd_test`,
`two_sample_accuracy`, and for mixtures `component_shares` and `component_deviation`.
`null_distribution` gives the values of a perfect match.

Likelihood under decoded samples: `parzen_log_likelihood`.

Names that end in ``_scorer`` are for ``GridSearchCV(scoring=...)``.
"""

from aae_sklearn.metrics._components import component_deviation, component_shares
from aae_sklearn.metrics._likelihood import ParzenLikelihood, parzen_log_likelihood
from aae_sklearn.metrics._maps import distance_rank_correlation, knn_accuracy, reconstruction_r2
from aae_sklearn.metrics._match import ks_statistic, null_distribution, sliced_wasserstein
from aae_sklearn.metrics._mmd import MMDTest, mmd, mmd_test
from aae_sklearn.metrics._neighborhoods import continuity, neighbor_recall, trustworthiness
from aae_sklearn.metrics._scorers import (
    combined_scorer,
    continuity_scorer,
    distance_rank_correlation_scorer,
    neighbor_recall_scorer,
    prior_match_scorer,
    reconstruction_r2_scorer,
    trustworthiness_scorer,
    two_sample_scorer,
)
from aae_sklearn.metrics._separation import ClassSeparation, class_separation
from aae_sklearn.metrics._two_sample import two_sample_accuracy

__all__ = [
    "ClassSeparation",
    "MMDTest",
    "ParzenLikelihood",
    "class_separation",
    "combined_scorer",
    "component_deviation",
    "component_shares",
    "continuity",
    "continuity_scorer",
    "distance_rank_correlation",
    "distance_rank_correlation_scorer",
    "knn_accuracy",
    "ks_statistic",
    "mmd",
    "mmd_test",
    "neighbor_recall",
    "neighbor_recall_scorer",
    "null_distribution",
    "parzen_log_likelihood",
    "prior_match_scorer",
    "reconstruction_r2",
    "reconstruction_r2_scorer",
    "sliced_wasserstein",
    "trustworthiness",
    "trustworthiness_scorer",
    "two_sample_accuracy",
    "two_sample_scorer",
]
