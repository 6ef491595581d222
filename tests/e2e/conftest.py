import os
import sys

sys.path.insert(0, os.path.dirname(__file__))

from scripted import password, run          # noqa: E402,F401
