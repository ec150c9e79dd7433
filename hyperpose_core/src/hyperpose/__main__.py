"""`python -m hyperpose`: the command line, as `python -m hyperpose_core`."""

import sys

from hyperpose_core.cli import main

sys.exit(main())
