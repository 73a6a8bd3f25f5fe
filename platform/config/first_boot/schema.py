"""Bringing the databases up to date, with progress for whoever waits."""

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn


def migrate(console: Console) -> int:
    """Apply what is pending to each database; how many migrations that were. Raises DatabaseError."""
    aliases = ["default", *([settings.AUDIT_DB_ALIAS] if settings.AUDIT_DB_ALIAS != "default" else [])]
    return sum(_migrate(alias, console) for alias in aliases)


def _migrate(alias: str, console: Console) -> int:
    executor = MigrationExecutor(connections[alias])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan:
        return 0
    columns = (TextColumn(f"Database {alias}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=not console.is_terminal) as progress:
        task = progress.add_task("", total=len(plan))

        def advance(action: str, *_: object) -> None:
            if action == "apply_success":
                progress.advance(task)

        MigrationExecutor(connections[alias], progress_callback=advance).migrate(
            executor.loader.graph.leaf_nodes(), plan=plan
        )
    call_command("migrate", database=alias, verbosity=0, interactive=False)  # content types and permissions
    return len(plan)
