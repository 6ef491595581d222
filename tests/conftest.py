import pytest


def pytest_collection_modifyitems(items):
    """With several workers (xdist): the tests of a file go to one of them,
    which makes its servers once; the long ones of the crash loop go alone."""
    for item in items:
        if item.path.parent.name != "crash":
            item.add_marker(pytest.mark.xdist_group(item.path.name))


def pytest_configure(config):
    config.addinivalue_line("markers", "xdist_group(name): one worker's")
