import pytest


def shares_servers(item):
    """Does it use what is made once for its file?"""
    made = item._fixtureinfo.name2fixturedefs
    return any(d.scope == "module" for defs in made.values() for d in defs)


def pytest_collection_modifyitems(items):
    """With several workers (xdist): the tests of a file that share its servers
    go to one of them, which makes these once.  All others go alone, so that no
    worker is left with a whole file when the rest have nothing to do."""
    for item in items:
        if shares_servers(item):
            item.add_marker(pytest.mark.xdist_group(item.path.name))


def pytest_configure(config):
    config.addinivalue_line("markers", "xdist_group(name): one worker's")
