"""``python -m passplan``."""

import sys

from passplan.cli.main import main

if __name__ == "__main__":  # the guard keeps the process that tracks from running the command again
    sys.exit(main())
