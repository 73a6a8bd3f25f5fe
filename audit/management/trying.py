"""`manage.py audit policy|replay`: what a policy says of a record; taking in once more what was taken in lately."""

import argparse
import json
from pathlib import Path
from typing import Any

from django.conf import settings

from audit.content.keeper import PolicyKeeper
from audit.ingest import spool_files
from audit.ingest.ingestor import Ingestor
from audit.models import AuditPolicy
from audit.schemas.record import known_schema
from audit.tree.levels import NAMES
from audit.tree.schema_check import SchemaCheck

LARGEST_RECORD = 64 * 1024


class TryingCommands:
    """Sub-commands of `audit`; `stdout` is the command's."""

    stdout: Any

    def policy(self, options: dict[str, Any]) -> None:
        """test FILE: whether a record is as its schema has it, and what would be kept of such a call now."""
        record = _record(options["record"])
        problem = SchemaCheck(known_schema).problem(record)
        self.stdout.write(f"form: {problem or 'as its schema has it'}")
        keeper = PolicyKeeper()
        keeper.load(AuditPolicy.objects.by_organisation())
        call = tuple(str(record.get(name, "")) for name in ("organisation_id", "team_id", "key_prefix"))
        found = keeper.decide(*call, str(record.get("model_requested", "")))  # type: ignore[call-arg]
        self.stdout.write(f"level: {NAMES[found.level]}, by {found.version or 'the default'}")
        self.stdout.write(f"if it cannot be recorded: {'it goes on and is counted' if found.fail_open else 'refused'}")

    def replay(self, options: dict[str, Any]) -> None:
        """Offer segments once more that were taken in: after a database was restored. What is known stays one."""
        place = options["directory"] or settings.AUDIT_SPOOL / settings.AUDIT_NODE
        for writer in spool_files.writers(place):
            for done in writer.glob(f"*{spool_files.DONE}"):
                done.rename(done.with_suffix(".seg"))
        added = Ingestor(place.parent, place.name).run(max_seconds=3600)
        self.stdout.write(f"{added} records that were missing")


def add_arguments(commands: "argparse._SubParsersAction[Any]") -> None:
    """The sub-commands and what belongs to them."""
    policy = commands.add_parser("policy")
    policy.add_argument("detail", choices=("test",))
    policy.add_argument("record", type=Path, help="a file with one record as JSON, such as `audit show` prints")
    replay = commands.add_parser("replay")
    replay.add_argument("directory", type=Path, nargs="?", help="a node's part of a spool; this machine's own")


def _record(path: Path) -> dict[str, Any]:
    """Raises OSError, ValueError: it is no record."""
    if path.stat().st_size > LARGEST_RECORD:
        raise ValueError("a record has at most 64 KiB")
    record = json.loads(path.read_bytes())
    if not isinstance(record, dict) or not isinstance(record.get("actor"), dict) or "type" not in record:
        raise ValueError("a record is a JSON object with a type and an actor")
    return {**record, "outcome": record.get("outcome", "")}
