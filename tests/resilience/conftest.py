"""Installations: the tables are made once and copied."""

from pathlib import Path

import pytest

from tests.resilience.installation import Installation


@pytest.fixture(scope="session")
def empty_installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """With empty tables; not to be used itself."""
    made = Installation(tmp_path_factory.mktemp("empty") / "data")
    made.data.mkdir()
    made.make_tables()
    return made


@pytest.fixture
def installation(empty_installation: Installation, tmp_path: Path) -> Installation:
    """One of its own, on SQLite."""
    return empty_installation.copied(tmp_path / "data")
