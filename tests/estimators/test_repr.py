"""What a person sees who prints a model or leaves it in a notebook's cell."""

import re
from html import unescape

import pytest
from sklearn.datasets import load_iris

from aae_sklearn import AdversarialAutoencoder
from aae_sklearn.priors import StudentTPrior

X = load_iris().data
# Too short a fit to learn anything.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def visible(html):
    """Text of the page without style, script and tags."""
    bare = re.sub(r"<(style|script).*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", bare)).split())


def fitted(max_iter):
    quick = {"layout_max_iter": 2, "hidden_layer_sizes": (8,), "random_state": 0}
    return AdversarialAutoencoder(max_iter=max_iter, **quick).fit(X)


def test_print_shows_what_was_changed_and_nothing_else(capsys):
    print(AdversarialAutoencoder())
    print(AdversarialAutoencoder(3, prior=StudentTPrior(df=3), max_iter="auto", verbose=0))
    assert capsys.readouterr().out == (
        "AdversarialAutoencoder()\n"
        "AdversarialAutoencoder(n_components=3, prior=StudentTPrior(df=3))\n"
    )


@pytest.mark.parametrize("is_fitted", [False, True])
def test_a_notebook_tells_a_fitted_model_from_another(is_fitted):
    model = fitted(1) if is_fitted else AdversarialAutoencoder(random_state=0)
    html = model._repr_html_()
    assert "AdversarialAutoencoder" in visible(html)
    assert ("Not fitted" in html) is not is_fitted
    assert ("Fitted</span>" in html) is is_fitted


def test_a_long_history_does_not_fill_the_notebook():
    short, long = (visible(fitted(max_iter)._repr_html_()) for max_iter in (2, 60))
    assert len(long) < len(short) + 500
