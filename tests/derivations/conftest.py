import sys
from pathlib import Path

# The strategies for random expressions are imported by name.
sys.path.insert(0, str(Path(__file__).parent))
