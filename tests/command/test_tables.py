"""CSV and parquet: what is fitted, what is reported, what is written."""

import gzip

import numpy as np
import pytest

pd = pytest.importorskip("pandas")

from aae_sklearn import AdversarialAutoencoder, load  # noqa: E402 - after the skip
from aae_sklearn.command import _job  # noqa: E402
from aae_sklearn.command._values import classes_or_values  # noqa: E402
from tests.display.explorer_pages import ReadPage  # noqa: E402


def test_a_table_becomes_a_picture_codes_and_a_model(command, flowers, tmp_path):
    status, _out, err = command(
        flowers, "--color", "kind", "--index", "name", "--out", "map.png",
        "--codes", "codes.csv", "--save", "model.safetensors",
    )  # fmt: skip
    assert status == 0, err
    codes = pd.read_csv("codes.csv")
    assert list(codes) == ["name", "code_1", "code_2", "kind"]
    assert codes["name"].tolist() == [f"flower {i}" for i in range(60)]
    assert codes["kind"].tolist() == [f"k{i % 3}" for i in range(60)]
    assert (tmp_path / "map.png").read_bytes()[:4] == b"\x89PNG"
    model = load("model.safetensors")
    np.testing.assert_allclose(model.embedding_, codes[["code_1", "code_2"]], rtol=1e-6)
    names = ["width", "length", "color=blue", "color=red"]
    assert model.feature_names_in_.tolist() == names


def test_a_dollar_sign_in_a_name_is_written_as_it_is(command, flowers):
    table = pd.read_csv(flowers).rename(columns={"kind": "price $^$"})
    table.to_csv("flowers.csv", index=False)
    status, out, err = command("flowers.csv", "--color", "price $^$", "--out", "map.png")
    assert status == 0, err
    assert "wrote map.png" in out


def test_a_page_to_walk_over(command, refused, flowers, tmp_path):
    status, _, err = command(flowers, "--color", "kind", "--index", "name", "--out", "map.html")
    assert status == 0, err
    page = (tmp_path / "map.html").read_text()
    assert page.lstrip().lower().startswith("<!doctype html")
    assert "flowers.csv, by kind" in page
    assert "one or two components" in refused(flowers, "--out", "map.html", "--components", 3)


def test_a_page_decodes_numbers_in_their_own_unit(command, flowers, tmp_path):
    command(flowers, "--color", "kind", "--out", "map.html", "--save", "model.joblib")
    page = ReadPage((tmp_path / "map.html").read_text())
    model = pytest.importorskip("joblib").load("model.joblib")
    codes = model.transform(pd.read_csv(flowers))
    decoded = model[2:].inverse_transform(codes)
    np.testing.assert_allclose(page.decode(codes), decoded, atol=1e-2 * np.ptp(decoded))
    assert page.header["features"]["names"] == ["width", "length", "color=blue", "color=red"]
    highest = pd.read_csv(flowers)[["width", "length"]].max()
    assert page.array("high")[:2].tolist() == highest.tolist()


def test_the_report_says_what_became_of_each_column(command, flowers):
    _, out, _ = command(flowers, "--color", "kind")
    for line in (
        "flowers.csv: 60 rows, 7 columns",
        "numbers: width, length",
        "categories, a column for each value: color; numbers are standardised",
        "1 missing number filled in from the known ones",
        "left out, the same in all rows: source",
        "left out, numbers of the rows: id",
        "left out, a different text in most rows: name",
        "to map the words of a column instead: --text name",
        "colour: kind, which is not fitted",
        "wrote map.png",
    ):
        assert line in out.splitlines()


def test_a_header_of_numbers_as_pandas_writes_it_is_none_of_the_rows(command, tmp_path):
    table = pd.DataFrame(np.random.RandomState(0).normal(size=(60, 4)))
    table.to_csv(tmp_path / "plain.csv", index=False)
    table.to_csv(tmp_path / "named.csv")
    table.to_csv(tmp_path / "bare.csv", index=False, header=False)
    assert "plain.csv: 60 rows, 4 columns" in command(tmp_path / "plain.csv")[1]
    assert "named.csv: 60 rows, 5 columns" in command(tmp_path / "named.csv")[1]
    out = command(tmp_path / "bare.csv")[1]
    assert "bare.csv: 60 rows, 4 columns" in out
    assert "the first line holds numbers" in out


def test_a_fill_value_is_told_next_to_categories_too(command, flowers, tmp_path):
    table = pd.read_csv(flowers)
    table.loc[::10, "length"] = -999
    table.to_csv(tmp_path / "filled.csv", index=False)
    _, _, err = command(tmp_path / "filled.csv")
    assert "'length' has -999 in 6 of 60 rows" in err
    assert "leave them empty" in err


def test_a_saved_pipeline_fills_in_what_was_never_missing(command, flowers, tmp_path):
    joblib = pytest.importorskip("joblib")
    table = pd.read_csv(flowers).dropna()
    table.to_csv(tmp_path / "full.csv", index=False)
    command(tmp_path / "full.csv", "--color", "kind", "--save", "model.joblib")
    model = joblib.load("model.joblib")
    gappy = table.head(3).assign(length=np.nan)
    assert np.isfinite(model.transform(gappy)).all()


def test_dates_count_days_and_numbers_that_may_be_names_are_told(command, tmp_path):
    rng, days = np.random.default_rng(0), pd.date_range("2024-01-01", periods=120)
    table = pd.DataFrame({"patient": rng.permutation(120) + 10_001, "seen": days.astype(str)})
    table["word"] = [f"w{i % 20 if i < 100 else i}" for i in range(120)]
    table.loc[7, "seen"] = None
    table.assign(weight=rng.normal(size=120)).to_csv(tmp_path / "visits.csv", index=False)
    _, out, err = command(tmp_path / "visits.csv", "--save", "model.safetensors")
    assert "numbers: patient, seen, weight" in out, err
    assert "1 missing number filled in from the known ones" in out
    assert "patient: whole numbers that all differ; if they name the rows, --index patient" in out
    assert "seen: whole numbers" not in out
    names = load("model.safetensors").feature_names_in_.tolist()
    assert names[-1] == "word=(rarer values)"


def test_a_pipeline_in_a_file_reads_the_columns_as_they_are(command, flowers):
    joblib = pytest.importorskip("joblib")
    command(flowers, "--color", "kind", "--save", "model.joblib", "--codes", "codes.npy")
    frame = pd.read_csv(flowers)
    # No table of pairs of float: the last digit of a row may differ with its batch in numpy.
    codes = joblib.load("model.joblib").transform(frame)
    np.testing.assert_allclose(codes, np.load("codes.npy"), atol=1e-6)


def odd_table():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(60, 3)).round(3), columns=list("abc"))
    table["d"] = table["a"].add(2).astype(str).str.replace(".", ",")
    table["when"] = pd.date_range("2024-03-01", periods=60).astype(str).to_numpy()
    table["few"] = [*table["b"].astype(str)[:-1], "n/a?"]
    table["kind"] = ["?", "red", "blue"] * 20
    table["note"] = [f"text number {i}" for i in range(60)]
    return table


@pytest.mark.parametrize("left_out", [[], ["kind"], ["kind", "when", "few", "d"]])
def test_a_pipeline_reads_columns_as_the_command_did(command, tmp_path, left_out):
    joblib = pytest.importorskip("joblib")
    table = odd_table()
    table.to_csv(tmp_path / "odd.csv", index=False)
    outputs = "--save", "model.joblib", "--codes", "codes.npy"
    status, _, err = command(
        tmp_path / "odd.csv", *(["--drop", *left_out] if left_out else []), *outputs
    )
    assert status == 0, err
    model, codes = joblib.load("model.joblib"), np.load("codes.npy")
    frame = pd.read_csv(tmp_path / "odd.csv")
    np.testing.assert_allclose(model.transform(frame), codes, atol=1e-6)
    shuffled = frame[frame.columns[::-1]].iloc[[5, 59]]
    np.testing.assert_allclose(model.transform(shuffled), codes[[5, 59]], atol=1e-6)
    with pytest.raises(ValueError, match="X has no column 'c'; it has a, b"):
        model.transform(frame.drop(columns="c"))


@pytest.mark.parametrize("suffix", [".csv.gz", ".parquet", ".tsv"])
def test_other_tables_give_the_same_codes(command, flowers, tmp_path, suffix):
    command(flowers, "--codes", "one.csv")
    path = tmp_path / f"same{suffix}"
    if suffix == ".csv.gz":
        path.write_bytes(gzip.compress(flowers.read_bytes()))
    elif suffix == ".parquet":
        pytest.importorskip("pyarrow")
        pd.read_csv(flowers).to_parquet(path)
    else:
        path.write_text(flowers.read_text().replace(",", "\t"))
    assert command(path, "--codes", "two.csv")[0] == 0
    pd.testing.assert_frame_equal(pd.read_csv("one.csv"), pd.read_csv("two.csv"))


def test_columns_are_chosen_dropped_and_kept(command, flowers):
    _, out, _ = command(flowers, "--columns", "width", "length")
    assert "numbers: width, length" in out
    _, out, _ = command(flowers, "--drop", "color", "kind", "--keep", "id")
    assert "numbers: id, width, length" in out
    assert "categories" not in out


def test_rows_chosen_at_random_keep_their_numbers(command, flowers):
    command(flowers, "--rows", 20, "--codes", "codes.csv", "--drop", "kind", "--color", "width")
    codes = pd.read_csv("codes.csv").set_index("row")
    assert len(codes) == 20
    frame = pd.read_csv(flowers).loc[codes.index]
    np.testing.assert_array_equal(codes["width"], frame["width"])


def test_columns_of_unlike_spreads_are_scaled_each(command, tmp_path):
    rng = np.random.RandomState(0)
    frame = pd.DataFrame(rng.normal(size=(50, 3)) * [1, 1, 5000], columns=list("abc"))
    frame.to_csv("wide.csv", index=False)
    _, out, _ = command("wide.csv")
    assert "each column is scaled to variance 1, since c spreads" in out
    _, out, err = command("wide.csv", "--scaling", "common")
    assert "scaled to variance 1" not in out
    assert "warning: column 'c' carries" in err
    assert "use --scaling per_feature" in err


def test_numbers_with_commas_and_words_are_read(command):
    rng = np.random.RandomState(0)
    cells = [f"{value:.3f}".replace(".", ",") for value in rng.normal(size=40)]
    lines = [f"{cell};{i % 7}" for i, cell in enumerate(cells)]
    lines[3] = "not measured;3"
    with open("comma.csv", "w") as file:
        file.write("\n".join(["a;b", *lines]))
    _, out, _ = command("comma.csv", "--save", "model.safetensors")
    assert "a: 1 cell without a number, such as 'not measured', counted as missing" in out
    assert load("model.safetensors").feature_names_in_.tolist() == ["a", "b"]


def test_dates_count_days(command):
    pytest.importorskip("pyarrow")
    days = np.random.RandomState(0).permutation(50)
    when = pd.Timestamp("2026-01-01") + pd.to_timedelta(days, unit="D")
    pd.DataFrame({"when": when, "b": days % 7}).to_parquet("dates.parquet")
    command("dates.parquet", "--save", "model.safetensors")
    model = load("model.safetensors")
    assert model.feature_names_in_.tolist() == ["when", "b"]


def test_a_first_line_of_numbers_is_a_row(command):
    np.savetxt("plain.csv", np.random.RandomState(0).normal(size=(30, 3)), delimiter=",")
    _, out, _ = command("plain.csv", "--codes", "codes.csv")
    assert "the first line holds numbers" in out
    assert len(pd.read_csv("codes.csv")) == 30


def test_text_is_mapped_by_its_words(command):
    rng = np.random.RandomState(0)
    words = np.array([["sea", "ship", "wave", "port"], ["wheat", "corn", "farm", "field"]])
    lines = ["topic,body"]
    lines += [f"{i % 2},{' '.join(rng.choice(words[i % 2], 3))}" for i in range(60)]
    with open("text.csv", "w") as file:
        file.write("\n".join([*lines, "0,", "1,nothing else"]))
    status, out, _ = command("text.csv", "--text", "body", "--color", "topic", "--codes", "c.csv")
    assert status == 0
    assert "8 words as TF-IDF, compared by cosine" in out
    assert "2 rows without any of these words left out" in out
    assert pd.read_csv("c.csv")["row"].tolist() == list(range(60))


def test_quiet_says_nothing(command, flowers):
    assert command(flowers, "--quiet") == (0, "", "")


def test_progress_goes_to_stderr(command, flowers):
    _, out, err = command(flowers)
    assert "layout 5/5" in err
    assert "epoch 3/3" in err
    assert "epoch" not in out


def test_names_and_classes_stand_as_in_the_file(command):
    rng = np.random.RandomState(0)
    kinds = ["unknown", "-", "NA", "red"]
    lines = [f"{i:05d}, {kinds[i % 4]},{rng.normal():.3f},{rng.normal():.3f}" for i in range(40)]
    with open("ids.csv", "w") as file:
        file.write("\n".join(["id,kind,a,b", *lines]))
    _, _, err = command("ids.csv", "--index", "id", "--color", "kind", "--codes", "codes.csv")
    codes = pd.read_csv("codes.csv", dtype=str, keep_default_na=False)
    assert codes["id"].tolist() == [f"{i:05d}" for i in range(40)], err
    assert codes["kind"].tolist() == kinds * 10


@pytest.mark.parametrize(
    ("cells", "kind"),
    [(["1.5", "NA", "2"], "f"), (["2024-01-01", "", "2024-03-01"], "M"), (["a", "", "NA"], "O")],
)
def test_a_colour_is_numbers_or_dates_where_all_known_cells_are(cells, kind):
    found = classes_or_values(pd.Series(cells, dtype=object))
    assert found.dtype.kind == kind
    assert found.isna().tolist() == [not cell or (cell == "NA" and kind != "O") for cell in cells]


def table(n_rows=40):
    return pd.DataFrame(np.random.RandomState(0).normal(size=(n_rows, 2)), columns=["a", "b"])


def as_parquet(frame, **options):
    pytest.importorskip("pyarrow")
    frame.to_parquet("table.parquet", **options)
    return "table.parquet"


def test_rows_whose_index_is_not_unique_stay_as_many(command):
    half = table(20).assign(kind=["x", "y"] * 10)
    path = as_parquet(pd.concat([half, half]))
    status, _, err = command(path, "--codes", "codes.npy")
    assert status == 0, err
    assert len(np.load("codes.npy")) == 40


def test_names_that_are_the_same_without_blanks_are_refused(refused):
    path = as_parquet(table().rename(columns={"b": " a"}))
    assert "several columns that are called 'a'; rename them" in refused(path)


def test_names_of_several_levels_are_joined(command):
    names = pd.MultiIndex.from_tuples([("u", "a"), ("u", "b"), ("id", "")])
    frame = table().assign(id=[f"r{i}" for i in range(40)]).set_axis(names, axis=1)
    status, out, err = command(as_parquet(frame), "--index", "id", "--save", "model.joblib")
    assert status == 0, err
    assert "numbers: u_a, u_b\n" in out
    model = pytest.importorskip("joblib").load("model.joblib")
    assert model.transform(frame).shape == (40, 2)


@pytest.mark.parametrize("columns", [["id"], ["id", "part"]])
def test_an_index_with_names_is_columns(command, columns):
    frame = table().assign(id=[f"r{i}" for i in range(40)], part=["p", "q"] * 20)
    path = as_parquet(frame.set_index(columns))
    status, _, err = command(path, "--index", "id", "--codes", "codes.csv")
    assert status == 0, err
    assert pd.read_csv("codes.csv")["id"].tolist() == frame["id"].tolist()


@pytest.mark.parametrize(
    "write",
    [
        lambda days: days.date,
        lambda days: days.strftime("%Y-%m-%d"),
        lambda days: days.strftime("%Y-%m-%dT%H:%M:%SZ"),
        lambda days: days.strftime("%Y-%m-%d %H:%M:%S.250+01:00"),
    ],
    ids=["dates", "days", "UTC", "fractions of seconds"],
)
def test_daily_dates_count_days_in_any_table(command, write):
    pytest.importorskip("pyarrow")
    days = pd.date_range("2024-03-01", periods=40)
    frame = table().assign(when=write(days))
    frame.to_csv("table.csv", index=False)
    for path in (as_parquet(frame), "table.csv"):
        _, out, err = command(path, "--save", "model.joblib")
        assert "numbers: a, b, when\n" in out, err
        model = pytest.importorskip("joblib").load("model.joblib")
        np.testing.assert_array_equal(model[0].transform(frame)["when"], np.arange(40))


def test_numbers_of_rows_are_left_out_also_of_some_rows(command):
    table(50).to_csv("table.csv")
    _, out, err = command("table.csv", "--rows", 25)
    assert "left out, numbers of the rows: Unnamed: 0" in out, err


def test_the_kept_variance_is_that_of_rows_from_all_parts(command, monkeypatch):
    scored = []

    def score(model, rows):
        scored.extend(np.asarray(rows)[:, 0])
        return 1.0

    monkeypatch.setattr(_job, "MOST_ROWS_SCORED", 10)
    monkeypatch.setattr(AdversarialAutoencoder, "score", score)
    np.save("rows.npy", np.arange(90.0).reshape(45, 2))
    command("rows.npy", "--codes", "codes.npy")
    assert scored == [0, 10, 20, 30, 40, 50, 60, 70, 80]


def test_columns_may_have_any_name(command):
    frame = table().assign(code_1=[f"r{i}" for i in range(40)])
    frame["self"] = ["x", "y"] * 20
    frame.to_csv("table.csv", index=False)
    status, _, err = command(
        "table.csv", "--index", "code_1", "--out", "map.html", "--codes", "codes.csv"
    )
    assert status == 0, err
    assert list(pd.read_csv("codes.csv")) == ["code_1_index", "code_1", "code_2"]
