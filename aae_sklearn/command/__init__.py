"""``python -m aae_sklearn``: a map of a file, for people without a script.

A file is read into :class:`Data` by the reader of its suffix (`_reading`, `_tables`, `_arrays`,
`_cells`). Columns of a table become numbers (`_first_line`, `_values`, `_columns`, `_encoding`,
`_text`), and do so again in the Pipeline that is saved (`_repeating`). `_job` fits the model, and
`_writing` has a writer for each suffix of an output. What cannot be done is a
:class:`CommandError`, one sentence that helps, and the exit status 2.
"""

from aae_sklearn.command._main import main

__all__ = ["main"]
