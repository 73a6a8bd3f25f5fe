"""`manage.py prices …`: review and refresh prices from the command line."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from llmproxy.actions import refresh_prices
from llmproxy.actions.refresh_prices import Review
from llmproxy.pricing import litellm
from llmproxy.pricing.published import BadTable, Table

MOST_SHOWN = 50
LARGEST_FILE = 64 * 1024 * 1024


class Command(BaseCommand):
    """review, refresh, import."""

    help = (
        "review: what a refresh would change · refresh: change it · "
        "import FILE: the same from a JSON file in LiteLLM's form; both ask before they change anything"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """One sub-command."""
        parser.add_argument("what", choices=("review", "refresh", "import"))
        parser.add_argument("file", nargs="?", type=Path, help="of import: model_prices_and_context_window.json")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, what: str, file: Path | None, yes: bool, **options: Any) -> None:
        """Show, ask, apply."""
        table = self._table(what, file)
        review = refresh_prices.review(table)
        self._show(review)
        if what == "review" or not (review.changed or review.new):
            return
        if not yes and input("Shall these prices hold from now on? [y/N] ").strip().lower() not in ("y", "yes"):
            raise CommandError("Nothing was changed.")
        done = refresh_prices.apply(table, review.digest)
        self.stdout.write(self.style.SUCCESS(f"{len(done.new)} models added, {len(done.changed)} prices changed."))

    def _table(self, what: str, file: Path | None) -> Table:
        if what != "import":
            return refresh_prices.packaged()
        if file is None:
            raise CommandError("Name the file to import.")
        try:
            if file.stat().st_size > LARGEST_FILE:
                raise CommandError("The file is larger than any table of prices.")
            return litellm.table(file.read_bytes())
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error.strerror}.") from error
        except BadTable as error:
            raise CommandError(str(error)) from error

    def _show(self, review: Review) -> None:
        table = review.table
        self.stdout.write(f"{table.source} {table.version}: {len(table.entries)} models")
        counts = f"{len(review.changed)} prices change, {len(review.new)} models are new"
        self.stdout.write(f"{counts}, {len(review.kept)} entered by hand are kept, {review.same} stay the same")
        for change in review.changed[:MOST_SHOWN]:
            before = change.before
            old = (None, None) if before is None else (before.input, before.output)
            new = (change.entry.prices.get("input"), change.entry.prices.get("output"))
            self.stdout.write(f"  {change.facts}: input {old[0]} → {new[0]}, output {old[1]} → {new[1]}")
        if len(review.changed) > MOST_SHOWN:
            self.stdout.write(f"  and {len(review.changed) - MOST_SHOWN} more")
