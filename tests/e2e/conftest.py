import os
import sys

sys.path.insert(0, os.path.dirname(__file__))

from cli_run import house                   # noqa: E402,F401
from scripted import password, run          # noqa: E402,F401
