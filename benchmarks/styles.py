"""Styles in every class, and prototypes of clusters, as pictures: MNIST, 10,000 training images.

    python benchmarks/styles.py [--rows 10000]

Writes results/styles_mnist.png: test images in the first column, and beside each its style decoded
in all ten classes, by a classifier with all labels; and results/prototypes_mnist.png: the middle
style of each of 20 clusters above three samples of it, by a clusterer that saw no label.
"""

from __future__ import annotations

import argparse

import _tables
import matplotlib.pyplot as plt
import numpy as np
from _data import load_split, subsample

from aae_sklearn import AdversarialAutoencoderClassifier, AdversarialAutoencoderClusterer
from aae_sklearn.display import StyleGridDisplay

IMAGE = (28, 28)
N_STYLES, N_CLUSTERS, N_SAMPLES = 8, 20, 3


def main() -> None:
    """Fit both on MNIST and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000, help="to fit")
    args = parser.parse_args()
    plt.switch_backend("agg")
    split = subsample(load_split("mnist", 0), args.rows, 0)

    classifier = AdversarialAutoencoderClassifier(random_state=0)
    classifier.fit(split.X_train, split.y_train)
    shown = split.X_test[np.random.RandomState(0).permutation(len(split.X_test))[:N_STYLES]]
    display = StyleGridDisplay.from_estimator(classifier, shown, image_shape=IMAGE)
    display.figure_.savefig(_tables.RESULTS / "styles_mnist.png", dpi=100)

    clusterer = AdversarialAutoencoderClusterer(N_CLUSTERS, random_state=0).fit(split.X_train)
    samples = [clusterer.sample(N_SAMPLES, 0, label=k) for k in range(clusterer.n_clusters_)]
    rows = [clusterer.cluster_centers_, *np.swapaxes(samples, 0, 1)]
    figure, axes = plt.subplots(
        len(rows), N_CLUSTERS, figsize=(0.6 * N_CLUSTERS, 0.6 * len(rows) + 0.4)
    )
    for tiles, images in zip(axes, rows, strict=True):
        for ax, image in zip(tiles, images, strict=True):
            ax.imshow(np.clip(image.reshape(IMAGE), 0, 1), cmap="gray_r")
            ax.axis("off")
    sizes = np.bincount(clusterer.labels_, minlength=N_CLUSTERS)
    for ax, size in zip(axes[0], sizes, strict=True):
        ax.set_title(f"{size:,}", fontsize=7)
    figure.suptitle("prototypes of clusters (rows in each), and samples below", fontsize=9)
    figure.savefig(_tables.RESULTS / "prototypes_mnist.png", dpi=100)


if __name__ == "__main__":
    main()
