"""``python -m passplan``."""

import sys

from passplan.cli.main import main

sys.exit(main())
