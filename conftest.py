"""What pytest leaves out where an extra is not installed: modules whose import needs it."""

from importlib.util import find_spec

has_dask = find_spec("dask") is not None and find_spec("distributed") is not None
collect_ignore_glob = [] if has_dask else ["aae_sklearn/distributed/*"]
