"""Runs the command line as `python -m extrasplit`."""

import sys

from extrasplit.cli import main

if __name__ == "__main__":
    sys.exit(main())
