"""What classes rows are to have: those that are given, spread over the graph of neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor, nn

from aae_sklearn.game._lessons import ClassLessons
from aae_sklearn.game._teaching import learn_view, unit_variance
from aae_sklearn.layout._graph import Graph, coordinate_graph
from aae_sklearn.layout._spreading import spread_labels, symmetric_weights
from aae_sklearn.rows._labels import Classes
from aae_sklearn.runtime._run import Run
from aae_sklearn.runtime._tensors import to_array
from aae_sklearn.settings import _defaults as defaults
from aae_sklearn.settings._labelled import labelled_layers

if TYPE_CHECKING:
    from aae_sklearn.estimators._linear_guess import LinearGuess

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class TaughtRows:
    """What a teacher sees of the rows that are trained on.

    Attributes
    ----------
    x : Tensor of shape (n_rows, n_inputs)
    graph : Graph
        Of their neighbours.
    chosen : ndarray of shape (n_rows,)
        Which of all rows these are.
    n_lessons : int
        Updates of each network that learns their classes.
    """

    x: Tensor
    graph: Graph
    chosen: NDArray[np.int64]
    n_lessons: int


@dataclass(frozen=True)
class Lesson:
    """What classes the rows that are trained on are to have.

    Attributes
    ----------
    probabilities : ndarray of shape (n_rows, n_classes), float32
    weights : ndarray of shape (n_rows,), float32
        How sure these are.
    known : ndarray of int64
        Rows whose class is given.
    found : mapping of str to object
        Fitted attributes that come with it.
    learner : Sequential or None
        The network that learnt them last.
    """

    probabilities: NDArray[np.float32]
    weights: NDArray[np.float32]
    known: NDArray[np.int64]
    found: Mapping[str, Any] = field(default_factory=dict)
    learner: nn.Sequential | None = None


class ClassTeacher(Protocol):
    """Says what classes rows are to have."""

    @property
    def n_classes(self) -> int:
        """How many there are."""

    def has_learners(self, n_rows: int) -> bool:
        """Whether networks learn the classes of so many rows before the model does."""

    def choose(self, n_rows: int, random: np.random.RandomState) -> NDArray[np.int64]:
        """Ascending indices of so many rows, which are trained on."""

    def teach(self, rows: TaughtRows, run: Run) -> Lesson:
        """The classes of the rows that are trained on."""


@dataclass(frozen=True)
class LabelTeacher:
    """Some rows have labels, and the others are taught what their neighbours have.

    Attributes
    ----------
    labels : Classes
        Of all rows.
    spreads : bool
        Whether rows without a label are taught at all.
    """

    labels: Classes
    spreads: bool

    @property
    def n_classes(self) -> int:
        return self.labels.n_classes

    def has_learners(self, n_rows: int) -> bool:
        """If any of them have no label: those that have one are chosen first."""
        return self.spreads and int(self.labels.is_known.sum()) < n_rows

    def choose(self, n_rows: int, random: np.random.RandomState) -> NDArray[np.int64]:
        """Rows that have a label first, each at random."""
        order = random.permutation(len(self.labels.codes))
        is_labelled = self.labels.is_known[order]
        return np.sort(np.concatenate([order[is_labelled], order[~is_labelled]])[:n_rows])

    def teach(self, rows: TaughtRows, run: Run) -> Lesson:
        labels = self.labels.take(rows.chosen)
        given, known = labels.one_hot(), np.flatnonzero(labels.is_known)
        if len(known) == len(given):
            return Lesson(given, np.ones(len(given), dtype=np.float32), known)
        if not self.spreads:
            return Lesson(given, given.sum(axis=1), known)
        x = to_array(unit_variance(rows.x))
        weights = symmetric_weights(rows.graph)
        from aae_sklearn.estimators._linear_guess import guess_linearly  # most fits do without

        linear = guess_linearly(x, given, partial(spread_sharply, weights))
        return improve(given, rows, run, linear)


def improve(
    given: Floats, rows: TaughtRows, run: Run, linear: LinearGuess | None = None
) -> Lesson:
    """Spread classes, learn them, and spread again on the graph of what was learnt.

    What a network sees of rows and what they are have other errors; neighbours in both together
    have fewer (after Iscen, Tolias, Avrithis, Chum, "Label propagation for deep semi-supervised
    learning", CVPR 2019, who take the network's alone). What the model is to learn is the mean of
    what the networks said and of what was guessed, in all rounds: they err in different rows.

    Parameters
    ----------
    given : ndarray of shape (n_rows, n_classes)
        1 at the class of rows that are taken for labelled, and else 0.
    rows : TaughtRows
    run : Run
    linear : LinearGuess or None, default=None
        What is mixed with the classes that are spread.
    """

    def guess(graph: Graph) -> Floats:
        spread = spread_sharply(symmetric_weights(graph), given)
        return spread if linear is None else linear.mixed_with(spread)

    x, graph = rows.x, rows.graph
    guessed = guess(graph)
    own = unit_variance(x[:, : defaults.COORDINATES_MAX])
    n_neighbors = graph.index.shape[1]
    said = np.zeros_like(given)
    n_planned = defaults.TEACHER_ROUNDS * rows.n_lessons
    for n_before in range(0, n_planned, rows.n_lessons):
        lessons = make_lessons(x, _with_given(guessed, given), graph, run)
        report = partial(_report, run, n_before, n_planned)
        view = learn_view(lessons, labelled_layers(len(x)), rows.n_lessons, run, report)
        graph = coordinate_graph(torch.cat([own, view.hidden], dim=1), n_neighbors)
        guessed = guess(graph)
        said += to_array(view.probabilities) + guessed
    lesson = _with_given(said / said.sum(axis=1, keepdims=True), given)
    return replace(lesson, learner=view.network)


def _report(run: Run, n_before: int, n_planned: int, n_done: int) -> None:
    run.report(n_before + n_done, n_planned)


def make_lessons(x: Tensor, lesson: Lesson, graph: Graph, run: Run) -> ClassLessons:
    """Lessons of rows whose classes are known or guessed."""
    device = x.device
    return ClassLessons(
        x,
        torch.from_numpy(lesson.probabilities).to(device),
        torch.from_numpy(lesson.weights).to(device),
        x.std(dim=0),
        graph.index.long(),
        torch.from_numpy(lesson.known).to(device),
        run.randomness.noise,
    )


def spread_sharply(weights: csr_array, labels: Floats) -> Floats:
    """A power of the probabilities that labels spread to, which are flat."""
    sharp = spread_labels(weights, labels) ** defaults.SHARPNESS
    whole: Floats = sharp / sharp.sum(axis=1, keepdims=True)
    return whole


def _with_given(probabilities: Floats, given: Floats) -> Lesson:
    """All rows alike, and what was given as it is."""
    known, learnt = np.flatnonzero(given.any(axis=1)), probabilities.copy()
    learnt[known] = given[known]
    return Lesson(learnt, np.ones(len(given), dtype=np.float32), known)
