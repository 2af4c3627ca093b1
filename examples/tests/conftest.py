"""Makes the plugins in the parent folder importable for the tests."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))
