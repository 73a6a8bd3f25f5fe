"""No table is forgotten: each is watched, or it is said why not, in the code and in the documentation."""

from pathlib import Path

from django.apps import apps

from audit.watching.tables import watched_tables
from config.watched_tables import UNWATCHED, WATCHED

DOCUMENT = Path(__file__).parents[2] / "docs" / "evidence.md"


def test_every_table_is_watched_or_it_is_said_why_not() -> None:
    installed = {model._meta.label_lower for model in apps.get_models(include_auto_created=True)}
    assert installed == WATCHED.keys() | UNWATCHED.keys(), "name the new model in platform/config/watched_tables.py"
    assert not WATCHED.keys() & UNWATCHED.keys()


def test_what_is_not_watched_has_a_reason_and_is_documented() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    tables = {label: apps.get_model(label)._meta.db_table for label in UNWATCHED}
    missing = [table for label, table in tables.items() if f"`{table}`" not in text or not UNWATCHED[label]]
    assert not missing, f"docs/evidence.md does not name {missing}"


def test_quiet_columns_exist_and_leave_something_to_notice() -> None:
    for table in watched_tables():
        assert table.loud, table.name
