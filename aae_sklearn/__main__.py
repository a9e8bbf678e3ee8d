"""``python -m aae_sklearn map data.csv`` draws a map of a file."""

import sys

from aae_sklearn.command import main

if __name__ == "__main__":
    sys.exit(main())
