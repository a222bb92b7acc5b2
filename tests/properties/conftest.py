"""What services play together is tested with the scenes of their own tests, which are no installed package."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))
