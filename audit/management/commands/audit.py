"""`manage.py audit …`: look after the audit log from the command line."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from audit.ingest import spool_files
from audit.ingest.ingestor import Ingestor
from audit.models import AuditEvent, DeadLetter
from audit.verification import verify


class Command(BaseCommand):
    """ingest, verify, spool, tail."""

    help = "ingest: take in what waits · verify: check the whole log · spool: what waits · tail: the newest events"

    def add_arguments(self, parser: CommandParser) -> None:
        """One sub-command."""
        parser.add_argument("what", choices=("ingest", "verify", "spool", "tail"))
        parser.add_argument("detail", nargs="?", default="status", help="of spool: status")
        parser.add_argument("--once", action="store_true", help="ingest: one pass (which is what it does anyway)")
        parser.add_argument("-n", type=int, default=20, help="tail: how many")

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        """Run it."""
        {"ingest": self.ingest, "verify": self.verify, "spool": self.spool, "tail": self.tail}[what](options["n"])

    def ingest(self, _: int) -> None:
        """Take in what waits, and say how much that was."""
        added = Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run(max_seconds=3600)
        self.stdout.write(f"{added} new records")

    def verify(self, _: int) -> None:
        """Exit 0 only if everything holds."""
        report = verify()
        for finding in report.findings:
            self.stderr.write(self.style.ERROR(finding))
        verdict = "everything holds" if report.holds else f"{len(report.findings)} findings"
        self.stdout.write(f"{report.events} events checked: {verdict}")
        if not report.holds:
            sys.exit(1)

    def spool(self, _: int) -> None:
        """What waits in the spool, and what could not be read."""
        for writer in spool_files.writers(settings.AUDIT_SPOOL / settings.AUDIT_NODE):
            state = "ended" if spool_files.is_dead(writer) else "alive"
            self.stdout.write(f"writer {writer.name} ({state}): {len(spool_files.segments(writer))} segments wait")
        letters = DeadLetter.objects.using(settings.AUDIT_DB_ALIAS).count()
        self.stdout.write(f"{letters} dead letters")

    def tail(self, n: int) -> None:
        """The newest events, oldest of them first."""
        newest = AuditEvent.objects.using(settings.AUDIT_DB_ALIAS).order_by("-leaf_index")[: max(1, min(n, 1000))]
        for event in reversed(newest):
            who = event.actor_name or event.actor_type
            self.stdout.write(
                f"{event.occurred_at:%Y-%m-%d %H:%M:%S} {event.type} {event.outcome} {who} {event.request_id}"
            )
