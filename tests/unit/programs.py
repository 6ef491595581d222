"""The unit test programs, whose files other programs read."""

import os
import pathlib

import pytest

HERE = pathlib.Path(__file__).resolve().parent


def program(name):
    """In $TOCSIN_UNIT_DIR, in $TOCSIN_BUILD, or beside this file."""
    build = os.environ.get("TOCSIN_BUILD")
    places = [os.environ.get("TOCSIN_UNIT_DIR"),
              build and pathlib.Path(build) / "tests/unit", HERE]
    for place in filter(None, places):
        path = pathlib.Path(place) / name
        if os.access(path, os.X_OK):
            return path
    pytest.fail(f"{name} is not built; set TOCSIN_UNIT_DIR")
