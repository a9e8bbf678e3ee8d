"""
A table of mixed columns in a Pipeline
======================================

Columns in different units, categories and missing values: a ColumnTransformer makes numbers of
them, and the autoencoder is the last step of a Pipeline.
"""

# %%
# The table
# ---------
# 442 patients with diabetes. Sex is a category, blood pressure and six serum values are numbers
# in different units. The age is cut into decades and some values are removed, to have what
# real tables have.

import numpy as np
import pandas as pd
from sklearn.datasets import load_diabetes

table, progression = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
table["sex"] = table["sex"].map({1.0: "a", 2.0: "b"})
table["age"] = pd.cut(table["age"], range(10, 90, 10), right=False).astype(str).str[1:3] + "s"
rng = np.random.default_rng(0)
table.loc[rng.random(len(table)) < 0.1, "bp"] = np.nan
print(table.head(4).to_string())

# %%
# The Pipeline
# ------------
# ``set_output`` keeps the names of the columns, also those of the codes.

from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from aae_sklearn import AdversarialAutoencoder

numbers = make_pipeline(SimpleImputer(), StandardScaler())
columns = make_column_transformer(
    (OrdinalEncoder(), ["age"]),
    (OneHotEncoder(drop="if_binary", sparse_output=False), ["sex"]),
    (numbers, make_column_selector(dtype_include="number")),
    verbose_feature_names_out=False,
)
model = make_pipeline(columns, AdversarialAutoencoder(random_state=0))
model.set_output(transform="pandas")
codes = model.fit_transform(table)
print(codes.head(4).round(2).to_string())

# %%
# The map
# -------
# Coloured by how far the disease went in the year after. The model did not see it.

import matplotlib.pyplot as plt

from aae_sklearn.display import DecodedGridDisplay, EmbeddingDisplay

EmbeddingDisplay.from_codes(codes, progression, name="patients by progression")
plt.show()

# %%
# What stands where
# -----------------
# The plane decoded: a patient at each place, a bar for each column.

DecodedGridDisplay.from_estimator(
    model[-1], feature_names=columns.get_feature_names_out(), n_grid=7
)
plt.show()

# %%
# A new patient
# -------------
# Goes through all steps, and lands where patients like it are: here one of the table, heavier.

patient = table.iloc[[7]].assign(bmi=35.0)
print(model.transform(patient).round(2).to_string())
