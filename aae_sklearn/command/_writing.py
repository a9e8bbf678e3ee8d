"""What is written: pictures, codes, models, by the suffix of the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from aae_sklearn.command._cells import plain_strings
from aae_sklearn.command._data import Data
from aae_sklearn.command._errors import CommandError, need
from aae_sklearn.command._job import Fitted

MOST_COLUMNS_TOLD = 20  # of a row, on a page
LONGEST_TEXT = 160  # characters

Writer = Callable[[Path, Data, Fitted], None]


def write_picture(path: Path, data: Data, fitted: Fitted) -> None:
    """The map as matplotlib draws it."""
    from aae_sklearn.display import EmbeddingDisplay
    from aae_sklearn.display._style import as_written, save_and_close

    title = as_written(_title(data))
    display = EmbeddingDisplay.from_codes(fitted.codes, data.color, name=title)
    save_and_close(display.figure_, path)


def write_page(path: Path, data: Data, fitted: Fitted) -> None:
    """The map as a page that one walks over."""
    from aae_sklearn.display import Explorer

    explorer = Explorer.from_estimator(
        _pipeline(data.standardizer, fitted.model), data.rows, data.color,
        frame=_few_columns(data), names=data.index,
        image_shape=data.image_shape, feature_names=data.feature_names,
        title=_title(data),
    )  # fmt: skip
    explorer.save(path)


def _pipeline(*steps: Any) -> Any:
    """Of the steps that there are."""
    from sklearn.pipeline import make_pipeline

    return make_pipeline(*(step for step in steps if step is not None))


def _title(data: Data) -> str:
    return f"{data.name}, by {data.color_name}" if data.color_name else data.name


def _few_columns(data: Data) -> Any:
    """Columns that the page tells of a row; long texts are cut."""
    if data.columns is None:
        return None
    few = data.columns.iloc[:, :MOST_COLUMNS_TOLD].copy()
    for name in few.columns:
        if few[name].dtype.kind not in "iufb":
            few[name] = few[name].astype(str).str.slice(0, LONGEST_TEXT)
    return few


def codes_frame(data: Data, fitted: Fitted) -> Any:
    """Codes with the names of the rows before them and the colour behind."""
    pandas = need("pandas", "writing codes as a table")
    names = [f"code_{i + 1}" for i in range(fitted.codes.shape[1])]
    frame = pandas.DataFrame(np.asarray(fitted.codes), columns=names)
    index = np.arange(len(frame)) if data.index is None else np.asarray(data.index)
    name = getattr(data.index, "name", None) or "row"
    frame.insert(0, f"{name}_index" if name in names else name, index)
    if data.color is not None:
        name = data.color_name if data.color_name not in frame else f"{data.color_name}_color"
        frame[name] = np.asarray(data.color)
    return frame


def write_codes_csv(path: Path, data: Data, fitted: Fitted) -> None:
    """A line for each row."""
    codes_frame(data, fitted).to_csv(path, index=False)


def write_codes_parquet(path: Path, data: Data, fitted: Fitted) -> None:
    """The same as parquet."""
    codes_frame(data, fitted).to_parquet(path, index=False)


def write_codes_npy(path: Path, data: Data, fitted: Fitted) -> None:
    """The codes alone."""
    with path.open("wb") as file:  # to a name numpy.save would add .npy
        np.save(file, fitted.codes)


def write_codes_h5ad(path: Path, data: Data, fitted: Fitted) -> None:
    """The cells with their codes in ``obsm["X_aae"]``."""
    data.cells.obsm["X_aae"] = np.asarray(fitted.codes)
    with plain_strings():
        data.cells.write_h5ad(path)


def write_model(path: Path, data: Data, fitted: Fitted) -> None:
    """The model alone; it reads rows of numbers, as they were fitted."""
    fitted.model.save(path)


def write_pipeline(path: Path, data: Data, fitted: Fitted) -> None:
    """Encoding and model as a Pipeline, which reads columns as they stand in the file."""
    import joblib

    joblib.dump(_pipeline(data.reader, data.encoder, data.standardizer, fitted.model), path)


WRITERS: dict[str, dict[str, Writer]] = {
    "--out": {
        ".png": write_picture,
        ".pdf": write_picture,
        ".svg": write_picture,
        ".html": write_page,
    },
    "--codes": {
        ".csv": write_codes_csv,
        ".csv.gz": write_codes_csv,
        ".parquet": write_codes_parquet,
        ".npy": write_codes_npy,
        ".h5ad": write_codes_h5ad,
    },
    "--save": {".safetensors": write_model, ".joblib": write_pipeline},
}

NEEDED = {
    ".png": "matplotlib", ".pdf": "matplotlib", ".svg": "matplotlib",
    ".csv": "pandas", ".csv.gz": "pandas", ".parquet": "pyarrow",
}  # fmt: skip


def writer_of(option: str, path: Path, source: Path) -> Writer:
    """The writer of a file, asked for before the fit, so that nobody waits for an error.

    Raises
    ------
    CommandError
        If there is no such writer or folder, the file is the one that is read, or a package is
        missing.
    """
    writers = WRITERS[option]
    suffix = next((end for end in writers if path.name.lower().endswith(end)), None)
    if suffix is None:
        raise CommandError(f"{option} {path}: the name must end in {', '.join(writers)}")
    if not path.parent.is_dir():
        raise CommandError(f"{option} {path}: there is no folder {path.parent}; make it first")
    if path.is_dir():
        raise CommandError(f"{option} {path} is a folder; name a file in it")
    if path.exists() and not path.is_file():
        raise CommandError(f"{option} {path} is not a regular file; choose another name")
    if path.exists() and path.samefile(source):
        raise CommandError(f"{option} {path} is the file that is read; choose another name")
    if suffix == ".h5ad" and source.suffix.lower() != ".h5ad":
        raise CommandError(f"{option} {path}: {source.name} holds no cells; write .csv")
    if suffix in NEEDED:
        need(NEEDED[suffix], f"writing {suffix}")
    return writers[suffix]
