"""`python -m segtutor`, for those whose shell does not find the command `segtutor`."""

import sys

from segtutor.cli import main

sys.exit(main())
