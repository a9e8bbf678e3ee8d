"""What scikit-learn refuses, with what to do about it here."""

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from aae_sklearn import AdversarialAutoencoder, AdversarialAutoencoderClassifier
from aae_sklearn.rows._validation import validate_rows


class Cells:
    """What AnnData looks like."""

    X = np.eye(3)
    obsm: dict[str, object] = {}  # noqa: RUF012


def refusal(X):
    """The message of a fit; no library's array is printed in it."""
    with pytest.raises(ValueError, match=r".") as error:
        AdversarialAutoencoder().fit(X)
    message = str(error.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("kind", ["list", "array", "Series"])
def test_texts_are_sent_to_a_vectorizer(kind):
    texts = ["a text", "another text"]
    if kind == "array":
        texts = np.array(texts)
    elif kind == "Series":
        texts = pytest.importorskip("pandas").Series(texts)
    assert "TfidfVectorizer" in refusal(texts)


def test_a_lazy_frame_is_to_be_collected():
    assert "pass X.collect()" in refusal(pl.LazyFrame({"a": [1.0, 2.0]}))


def test_images_are_made_rows():
    assert "X.reshape(len(X), -1)" in refusal(np.ones((5, 2, 2)))


def test_words_are_sent_to_an_encoder():
    message = refusal(np.array([["a", "1"], ["b", "2"]], dtype=object))
    assert "could not convert string to float" in message
    assert "OneHotEncoder" in message


def test_nan_is_sent_to_the_parameter_that_reads_it():
    message = refusal([[0.0, np.nan], [1.0, 2.0]])
    assert message == (
        "Input X contains NaN. missing_values='mask', set before fit, reads NaN as missing cells"
    )


def test_nan_in_a_memory_map_is_sent_there_too(tmp_path):
    np.save(tmp_path / "rows.npy", np.array([[0.0, np.nan], [1.0, 2.0]]))
    assert "missing_values='mask'" in refusal(np.load(tmp_path / "rows.npy", mmap_mode="r"))


def test_cells_are_asked_for_their_matrix():
    assert refusal(Cells()).startswith("X is of type Cells; pass the matrix in it: adata.X")


def test_other_refusals_stay_as_they_are():
    with pytest.raises(ValueError, match="Reshape your data"):
        AdversarialAutoencoder().fit(np.arange(4.0))


def test_a_dict_is_no_text():
    assert refusal({"a": [1, 2], "b": [3, 4]}) == "X is of type dict; pass pandas.DataFrame(X)"


def test_missing_cells_are_filled_in_first_where_no_parameter_masks_them():
    rows = np.array([[1.0, np.nan], [2.0, 3.0]])
    assert "missing_values='mask'" in refusal(rows)
    with pytest.raises(ValueError, match="fill the cells in first"):
        AdversarialAutoencoderClassifier().fit(rows, [0, 1])


def test_a_single_number_is_no_text():
    with pytest.raises(ValueError, match="Expected 2D array, got scalar array instead"):
        AdversarialAutoencoder().fit(5)


def test_sparse_rows_of_zeros_are_constant():
    aae = AdversarialAutoencoder(reconstruction_loss="log_loss")
    with pytest.raises(ValueError, match=r"all 4 feature.* are constant"):
        aae.fit(sparse.csr_array((20, 4)))


def test_a_table_of_arrow_is_read():
    pa = pytest.importorskip("pyarrow")
    rows = np.random.RandomState(0).standard_normal((30, 3))
    table = pa.table(dict(zip("abc", rows.T, strict=True)))
    X = validate_rows(AdversarialAutoencoder(), table, reset=True)
    np.testing.assert_array_equal(X, rows)
