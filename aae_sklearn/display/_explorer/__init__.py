"""The map as a web page: what it holds is gathered in Python, what it does is in `page/`.

`_display` is the class. `_decoder` finds instructions that decode a code, `_places` says where
rows and prior are, `_rows` and `_table` what is shown of rows, `_quality` how far a place can be
trusted. `_gather` asks all of them, `_writing` and `_payload` pack what they say, `_page` puts it
into one file.
"""

from aae_sklearn.display._explorer._display import Explorer

__all__ = ["Explorer"]
