"""`python -m hyperpose_core`: the command line, where the script `hyperpose` is not on the path."""

import sys

from hyperpose_core.cli import main

sys.exit(main())
