import sys
from pathlib import Path

# The judge of generated answers is imported by name.
sys.path.insert(0, str(Path(__file__).parent))
