"""What every test shares: `long` runs only when a marker expression names it."""

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect `long` unless -m names it or one of its tests was asked for by its id."""
    if "long" in config.getoption("markexpr") or any("::" in named for named in config.args):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if not item.get_closest_marker("long")]
