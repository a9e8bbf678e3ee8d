"""The analysis before: scikit-learn's digits mapped by t-SNE, drawn and saved.

To change it to an adversarial autoencoder, change the line that imports TSNE to

    from aae_sklearn import AdversarialAutoencoder as TSNE
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.manifold import TSNE

X, y = load_digits(return_X_y=True)
codes = TSNE(random_state=0).fit_transform(X)

plt.figure(figsize=(6, 6))
plt.scatter(codes[:, 0], codes[:, 1], c=y, cmap="tab10", s=8)
plt.colorbar(label="digit")
plt.savefig("map.png")
