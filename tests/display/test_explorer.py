"""What the explorer's page holds: decoder, places, rows and columns."""

import re
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.manifold import TSNE, trustworthiness
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, QuantileTransformer, StandardScaler

from aae_sklearn.display import Explorer
from aae_sklearn.display._explorer._page import SCRIPTS, fill_page
from aae_sklearn.display._explorer._payload import Payload
from aae_sklearn.display._explorer._places import survey
from aae_sklearn.display._explorer._quality import reconstruction_errors, trust
from aae_sklearn.display._explorer._rows import COARSE, FEW, FINE, Rows, find_usual, keep_rows
from aae_sklearn.display._explorer._table import row_names
from aae_sklearn.display._explorer._writing import _rounded, add_image
from tests.display.explorer_pages import ReadPage
from tests.factories import linear_decoder


def read(explorer):
    return ReadPage(fill_page(explorer.title, explorer.payload))


def far_decoded(page, estimator, codes):
    """Largest difference of what page and estimator decode, in units of the range."""
    rows = estimator.inverse_transform(codes)
    return np.abs(page.decode(codes) - rows).max() / np.ptp(rows)


@pytest.fixture(scope="module")
def digits_map(train, make_map):
    return make_map().fit(train)


@pytest.fixture(scope="module")
def make_map():
    from aae_sklearn import AdversarialAutoencoder

    def make(**params):
        defaults = {"max_iter": 2, "layout_max_iter": 2, "hidden_layer_sizes": 32}
        return AdversarialAutoencoder(**{**defaults, "random_state": 0, **params})

    return make


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"prior": "uniform", "activation": "gelu"},
        {"prior": "student_t", "activation": "relu"},  # its bijection is interpolated
        {"prior": "swiss_roll", "activation": "tanh"},
        {"reconstruction_loss": "log_loss", "n_components": 1},
        {"feature_scaling": "per_feature", "prior": "ball"},
    ],
    ids=str,
)
def test_the_page_decodes_as_the_estimator_does(train, make_map, params):
    X = train / 16
    model = make_map(**params).fit(X)
    explorer = Explorer.from_estimator(model, X, quality=False)
    assert explorer.is_exact
    assert far_decoded(read(explorer), model, model.transform(X)[::7]) < 1e-2


def test_a_decoder_of_a_user_is_interpolated(train, make_map):
    model = make_map(decoder_factory=linear_decoder, max_iter=40).fit(train)
    explorer = Explorer.from_estimator(model, train, quality=False)
    assert far_decoded(read(explorer), model, model.transform(train)[::7]) < 1e-2


class Bent(PCA):
    """Decodes along a curve."""

    def inverse_transform(self, X):
        return super().inverse_transform(X) ** 2


def test_what_is_affine_is_exact_and_what_is_not_lies_between_decoded_codes(iris):
    model = make_pipeline(StandardScaler(), PCA(2)).fit(iris.to_numpy())
    explorer = Explorer.from_estimator(model, iris.to_numpy())
    assert explorer.is_exact
    far = np.array([[50.0, -80.0]])
    np.testing.assert_allclose(read(explorer).decode(far), model.inverse_transform(far), rtol=1e-4)

    bent = Bent(2).fit(iris.to_numpy())
    explorer = Explorer.from_estimator(bent, iris.to_numpy())
    assert not explorer.is_exact
    assert far_decoded(read(explorer), bent, bent.transform(iris.to_numpy())) < 1e-2


@pytest.mark.parametrize("scaler", [StandardScaler(), PCA(20)], ids=["scaled", "rotated"])
def test_affine_steps_before_the_autoencoder_are_undone(train, make_map, scaler):
    model = make_pipeline(scaler, make_map()).fit(train)
    explorer = Explorer.from_estimator(model, train, quality=False)
    assert explorer.is_exact
    assert far_decoded(read(explorer), model, model.transform(train)[::7]) < 1e-2
    bent = make_pipeline(QuantileTransformer(n_quantiles=50), make_map()).fit(train)
    assert not Explorer.from_estimator(bent, train, quality=False).is_exact


def test_features_that_vary_most_are_kept_of_many(monkeypatch, train, digits_map):
    from aae_sklearn.display._explorer import _gather

    monkeypatch.setattr(_gather, "MAX_FEATURES", 10)
    page = read(Explorer.from_estimator(digits_map, train, quality=False))
    rows = digits_map.inverse_transform(digits_map.transform(train))
    kept = [int(name[1:]) for name in page.header["features"]["names"]]
    assert set(kept) == set(np.argsort(-rows.var(axis=0))[:10])
    assert page.header["features"]["of"] == 64
    decoded = page.decode(digits_map.transform(train))
    assert np.abs(decoded - rows[:, kept]).max() < 1e-2 * np.ptp(rows)


def test_nothing_that_a_label_says_is_read_as_html(iris, iris_model):
    nasty = "</script><script>alert(1)</script>"
    labels = np.where(np.arange(len(iris)) % 2, nasty, "<!--")
    explorer = Explorer.from_estimator(
        iris_model, iris, labels, names=[nasty] * len(iris), frame={nasty: labels}, title=nasty
    )
    page = fill_page(explorer.title, explorer.payload)
    assert page.count("</script>") == 2
    assert "alert(1)</script>" not in page
    assert read(explorer).column("label")[0]["names"] == ["<!--", nasty]
    assert nasty not in explorer._repr_html_()


def test_the_page_asks_for_nothing_else(iris, iris_model, tmp_path):
    path = tmp_path / "map.html"
    Explorer.from_estimator(iris_model, iris).save(path)
    page = path.read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert not re.search(r"https?://|src=|<link|import\s*\(", page)


def test_every_script_of_the_folder_is_in_the_page():
    folder = files("aae_sklearn.display._explorer") / "page"
    assert {part.name for part in folder.iterdir()} == {
        "page.html", "style.css", *(f"{name}.js" for name in SCRIPTS)
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"frame": [1, 2]}, TypeError, "frame must be a data frame"),
        ({"frame": {"a": [1, 2]}}, ValueError, "the column 'a' of frame must hold one"),
        ({"y": [1]}, ValueError, "y must hold one label"),
        ({"names": ["a"]}, ValueError, "names must hold one"),
        ({"y_new": ["a"]}, ValueError, "y_new holds labels of new rows; pass these as X_new"),
        ({"image_shape": (3, 3)}, ValueError, "image_shape"),
        ({"feature_names": ["a"]}, ValueError, "feature_names must hold one"),
    ],
)
def test_what_does_not_fit_the_rows_is_refused(iris, iris_model, given, error, message):
    with pytest.raises(error, match=message):
        Explorer.from_estimator(iris_model, iris, **given)


def test_labels_of_new_rows_need_those_of_the_others(iris, iris_model):
    with pytest.raises(ValueError, match="pass y as well"):
        Explorer.from_estimator(iris_model, iris, X_new=iris[:1], y_new=["a"])


def test_sparse_rows_are_shown(train, make_map):
    X = sparse.csr_matrix(train)
    model = make_map(metric="cosine").fit(X)
    page = read(Explorer.from_estimator(model, X))
    assert far_decoded(page, model, model.transform(X)) < 1e-2
    np.testing.assert_allclose(page.array("high"), train.max(axis=0))


def test_a_pipeline_that_cannot_be_inverted_is_told_to_pass_its_last_step(iris):
    rank = FunctionTransformer(np.sqrt, feature_names_out="one-to-one")
    columns = make_column_transformer((rank, list(iris.columns)))
    pipeline = make_pipeline(columns, PCA(2)).fit(iris)
    with pytest.raises(TypeError, match=r"pipeline\[-1\], pipeline\[:-1\]"):
        Explorer.from_estimator(pipeline, iris)
    names = pipeline[:-1].get_feature_names_out()
    rows = pipeline[:-1].transform(iris)
    explorer = Explorer.from_estimator(pipeline[-1], rows, feature_names=names, frame=iris)
    assert read(explorer).header["features"]["names"] == list(names)


def test_a_pipeline_that_reads_texts_is_shown_from_its_words_on(iris):
    texts = [" ".join(f"{value:.0f}" * 3 for value in row) for row in iris.to_numpy()]
    words = TfidfVectorizer(token_pattern=r"\d+")
    pipeline = make_pipeline(words, TruncatedSVD(2)).fit(texts)
    for X in (texts, pd.Series(texts)):
        page = read(Explorer.from_estimator(pipeline, X, X_new=X[:3], quality=False))
        names = words.get_feature_names_out()
        assert page.header["features"]["names"] == list(names)
        assert [entry["name"] for entry in page.header["columns"]] == ["text"]
        assert len(page.array("new_points")) == 3
        assert far_decoded(page, pipeline[-1], pipeline.transform(texts)) < 1e-2
    with pytest.raises(TypeError, match="array of shape"):
        Explorer.from_estimator(PCA(2).fit(iris), texts)


def test_what_cannot_be_walked_over_is_refused(iris):
    with pytest.raises(TypeError, match="TSNE has no transform"):
        Explorer.from_estimator(TSNE(), iris)
    with pytest.raises(ValueError, match="one or two components, got 3"):
        Explorer.from_estimator(PCA(3).fit(iris.to_numpy()), iris.to_numpy())


def test_distances_are_no_rows_to_look_at(make_map, iris):
    distances = np.linalg.norm(iris.to_numpy()[:, None] - iris.to_numpy(), axis=-1)
    model = make_map(metric="precomputed").fit(distances)
    with pytest.raises(ValueError, match="decoded distances"):
        Explorer.from_estimator(model, distances)


def test_a_file_is_replaced_once_the_new_one_is_complete(iris, iris_model, tmp_path):
    explorer = Explorer.from_estimator(iris_model, iris)
    with pytest.raises(OSError):
        explorer.save(tmp_path / "no" / "map.html")
    path = tmp_path / "map.html"
    explorer.save(path)
    explorer.save(str(path))
    assert [part.name for part in tmp_path.iterdir()] == ["map.html"]


def kept_values(kept, usual):
    cells = kept.cells
    if kept.format.packs:
        cells = np.stack([cells & 15, cells >> 4], axis=-1).reshape(len(cells), -1)
        cells = cells[:, : len(usual.low)]
    values = usual.low + cells / kept.format.levels * (usual.high - usual.low)
    return np.where(cells > kept.format.levels, np.nan, values)


def test_values_of_rows_are_kept_to_half_a_level_and_missing_ones_are_missing():
    X = np.random.RandomState(0).normal(size=(500, 7))
    X[3, 2], X[:, 5] = np.nan, 1.0
    X[:, 6] = np.arange(500)
    rows = Rows(X)
    usual = find_usual(rows, slice(None), 0)
    kept = keep_rows(rows, slice(None), usual, False, 0)
    assert kept.format == FINE
    half = (usual.high - usual.low) / FINE.levels / 2
    np.testing.assert_array_equal(np.isnan(kept_values(kept, usual)), np.isnan(X))
    assert np.nanmax(np.abs(kept_values(kept, usual) - X) - half) < 1e-12
    np.testing.assert_allclose(kept_values(kept, usual)[:, 6], X[:, 6], atol=0.005)


@pytest.mark.parametrize(("is_image", "form"), [(True, FEW), (False, COARSE)])
def test_rows_that_do_not_fit_are_coarser_and_then_fewer(monkeypatch, train, is_image, form):
    from aae_sklearn.display._explorer import _rows

    monkeypatch.setattr(_rows, "MAX_BYTES", 4_000)
    rows = Rows(train[:, :63])
    usual = find_usual(rows, slice(None), 0)
    kept = keep_rows(rows, slice(None), usual, is_image, 0)
    assert kept.format == form
    assert 10 < len(kept.index) < len(train)
    away = np.abs(kept_values(kept, usual) - train[kept.index][:, :63])
    assert (away <= (usual.high - usual.low) / form.levels / 2 + 1e-6).all()


def test_usual_values_are_those_of_numpy_and_sparse_rows_are_read(train):
    for X in (train, sparse.csr_matrix(train), pd.DataFrame(train)):
        usual = find_usual(Rows(X), slice(None), 0)
        np.testing.assert_allclose(usual.mean, train.mean(axis=0), atol=1e-6)
        np.testing.assert_allclose(usual.deviation, train.std(axis=0), atol=1e-6)
        np.testing.assert_array_equal(usual.low, train.min(axis=0))
        np.testing.assert_array_equal(usual.high, train.max(axis=0))


def test_columns_are_classes_values_dates_and_names():
    n_rows = 120
    frame = pd.DataFrame(
        {
            "kind": np.tile(["a", "b", None], 40),
            "size": np.arange(n_rows) / 7,
            "day": pd.date_range("2020-01-01", periods=n_rows),
            "id": [f"row {k}" for k in range(n_rows)],
            "level": pd.Categorical(np.tile(["low", "high"], 60)),
            "count": pd.array(np.tile([1, 2, None], 40), dtype="Int64"),
        }
    )
    X = np.random.RandomState(0).normal(size=(n_rows, 4))
    page = read(Explorer.from_estimator(PCA(2).fit(X), X, frame=frame, quality=False))
    kinds = {entry["name"]: entry["kind"] for entry in page.header["columns"]}
    assert kinds == {
        "kind": "classes", "size": "values", "day": "dates", "id": "classes",
        "level": "classes", "count": "classes",
    }  # fmt: skip
    entry, cells = page.column("kind")
    assert entry["names"] == ["a", "b"]
    np.testing.assert_array_equal(cells, np.tile([0, 1, 2], 40))
    np.testing.assert_allclose(page.column("size")[1], frame["size"], rtol=1e-6)
    np.testing.assert_allclose(
        page.column("day")[1], frame["day"].to_numpy("datetime64[ms]").astype(float), rtol=1e-12
    )
    assert page.column("id")[0]["colored"] == []
    assert [page.column("id")[0]["names"][k] for k in page.column("id")[1]] == list(frame["id"])
    assert page.column("count")[0]["names"] == ["1", "2"]


def test_of_many_classes_the_most_frequent_have_a_colour():
    y = np.concatenate([np.repeat([f"c{k:02}" for k in range(45)], 4), np.repeat("c03", 5)])
    X = np.random.RandomState(0).normal(size=(len(y), 3))
    page = read(Explorer.from_estimator(PCA(2).fit(X), X, y, quality=False))
    entry, cells = page.column("label")
    assert len(entry["names"]) == 45
    assert len(entry["colored"]) == 40
    assert 3 in entry["colored"]
    assert [entry["names"][k] for k in cells] == list(y)


def test_new_rows_share_the_classes_of_the_others(iris, iris_model):
    y, new = np.repeat(["a", "b", "c"], 50), np.array(["b", "d"])
    explorer = Explorer.from_estimator(iris_model, iris, y, X_new=iris[:2], y_new=new)
    page = read(explorer)
    entry, _ = page.column("label")
    assert [entry["names"][k] for k in page.array("new_column0")] == ["b", "d"]
    np.testing.assert_allclose(
        page.array("new_points"), iris_model.transform(iris[:2]), rtol=1e-5, atol=1e-6
    )


def test_places_belong_to_rows_near_them_and_to_the_priors_support(make_map, train):
    points = np.random.RandomState(0).uniform(-1, 1, size=(800, 2))
    points = points[points[:, 0] < 0.3]
    model = make_map(prior="uniform").fit(train)
    places = survey(model, np.vstack([points, [[0.9, 0.9], [0.95, 0.9], [0.9, 0.95]]]), 2, 0)
    (left, right), (bottom, top) = places.limits
    side = len(places.cells)

    def known(x, y):
        column = round((x - left) / (right - left) * (side - 1))
        return places.cells[round((y - bottom) / (top - bottom) * (side - 1)), column]

    assert all(known(x, y) == 0 for x, y in points if max(abs(x), abs(y)) < 0.99)
    assert known(0.6, 0.0) == 1
    assert known(0.9, 0.9) == 0
    assert known(left, top) == 2
    assert places.prior.startswith("uniform")
    assert places.contours == []  # its density has none


def test_contours_hold_their_share_of_the_prior(make_map, train):
    model = make_map().fit(train)
    places = survey(model, model.transform(train), 2, 0)
    assert {share for share, _ in places.contours} == {0.5, 0.9, 0.99}
    for share, line in places.contours:  # of N(0, I), exp(-r² / 2) lies beyond r
        radius = np.linalg.norm(line, axis=1)
        np.testing.assert_allclose(1 - np.exp(-(radius**2) / 2), share, atol=0.02)


def test_trust_of_places_is_the_measure_of_the_whole_map(train, digits_map):
    codes = digits_map.transform(train)
    whole = trustworthiness(train, codes, n_neighbors=15)
    of_rows = trust(digits_map, Rows(train), codes, 0)
    assert of_rows.shape == (len(train),)
    assert of_rows.mean() == pytest.approx(whole, abs=0.01)
    few = trust(digits_map, Rows(train[:20]), codes[:20], 0)
    assert np.isnan(few).all()


def test_errors_of_rows_are_those_of_the_estimator(train, digits_map):
    errors = reconstruction_errors(digits_map, Rows(train), digits_map.transform(train), 0)
    expected = digits_map.reconstruction_error(train, relative=True)
    np.testing.assert_allclose(errors, expected, rtol=1e-3)


def test_errors_of_a_pipeline_are_those_of_its_last_step(iris, make_map):
    X = iris.to_numpy() * [1.0, 1e3, 1e-3, 1.0]
    pipeline = make_pipeline(StandardScaler(), make_map()).fit(X)
    errors = reconstruction_errors(pipeline, Rows(X), pipeline.transform(X), 0)
    expected = pipeline[-1].reconstruction_error(pipeline[0].transform(X), relative=True)
    np.testing.assert_allclose(errors, expected, rtol=1e-3)
    Explorer.from_estimator(make_pipeline(StandardScaler(), make_map()).fit(iris), iris)


def test_missing_cells_count_in_no_error(make_map, train):
    X = train.copy()
    X[::5, 3] = np.nan
    model = make_map(missing_values="mask").fit(X)
    page = read(Explorer.from_estimator(model, X, image_shape=(8, 8)))
    assert np.isfinite(page.column("reconstruction error")[1]).all()
    assert np.isfinite(page.column("trustworthiness")[1]).all()


def test_units_that_float32_does_not_hold_are_decoded(iris):
    X = iris.to_numpy() * [1e60, 1e-60, 1.0, 1e9]
    model = make_pipeline(StandardScaler(), PCA(2)).fit(X)
    counts, huge = np.arange(len(X)) + 123_456_789, np.linspace(1, 2, len(X)) * 1e60
    frame = {"count": counts, "huge": huge, "few": np.repeat([1e60, 2e60], len(X) // 2)}
    page = read(Explorer.from_estimator(model, X, frame=frame))
    codes = model.transform(X)
    np.testing.assert_allclose(
        page.decode(codes), model.inverse_transform(codes), rtol=1e-4, atol=1e-70
    )
    np.testing.assert_array_equal(page.column("count")[1], counts)
    np.testing.assert_allclose(page.column("huge")[1], huge)
    assert page.column("few")[0]["names"] == ["1e+60", "2e+60"]
    np.testing.assert_allclose(page.array("high"), X.max(axis=0))


def test_masked_cells_of_rows_are_missing():
    hidden = np.ma.masked_greater(np.arange(12.0).reshape(4, 3), 9.0)
    np.testing.assert_array_equal(Rows(hidden).take(slice(None)), hidden.filled(np.nan))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([1, None], ["1", ""]),
        (np.array(["2020-01-01", "NaT"], dtype="datetime64[us]"), ["2020-01-01", ""]),
        ([b"a", b"b"], ["a", "b"]),
    ],
)
def test_names_of_rows_are_as_they_are_read(names, expected):
    assert row_names(names, 2) == expected


def test_contours_are_as_fine_as_the_map():
    line = np.column_stack([np.linspace(0, 1e-6, 7), np.linspace(0, 3e5, 7)])
    found = np.array(_rounded(line, [(0.0, 1e-6), (0.0, 3e5)]))
    np.testing.assert_allclose(found, line, atol=1e-11)
    np.testing.assert_allclose(found[:, 1], line[:, 1], atol=10)


def test_the_grey_of_images_is_that_of_their_known_cells(train):
    rows = train.copy()
    rows[:, 0] = np.nan
    payload = Payload()
    add_image(payload, Rows(rows), (8, 8), 0)
    low, high = (payload.header["image"][name] for name in ("low", "high"))
    assert (low, high) == tuple(np.nanquantile(rows, [0.02, 0.99]))
