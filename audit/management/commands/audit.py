"""`manage.py audit …`: look after the audit log from the command line."""

import argparse
import getpass
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.actions.errors import NotNow
from audit.actions.export_bundle import FILTERS, export_bundle
from audit.actions.prove_event import prove_event
from audit.actions.reconcile_changes import reconcile_changes
from audit.actions.rotate_log_key import rotate_log_key
from audit.actions.sign_checkpoint import key_file, sign_checkpoint, trusted_keys
from audit.errors import ForkDetected, NothingSigned
from audit.management import keeping, looking, measuring, spooling, trying
from audit.management.keeping import KeepingCommands
from audit.management.looking import LookingCommands
from audit.management.measuring import MeasuringCommands
from audit.management.spooling import SpoolCommands
from audit.management.trying import TryingCommands
from audit.models import AuditEvent, SignedCheckpoint
from audit.rollups.rebuild import rebuild
from audit.verification import verify


class Command(LookingCommands, SpoolCommands, KeepingCommands, TryingCommands, MeasuringCommands, BaseCommand):
    """ingest, verify, spool, tail, prove, checkpoint, export, keys, rollup."""

    help = (
        "ingest: take in what waits · verify: check the whole log · spool: what waits, what ended writers left, what "
        "is torn · tail: the newest events · prove: one event's proof · checkpoint: the newest signature · export: "
        "evidence to take away · keys: who signs · rollup rebuild: count every event again"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """A sub-command and what belongs to it."""
        commands = parser.add_subparsers(dest="what", required=True)
        check = commands.add_parser("verify")
        check.add_argument(
            "--anchor", type=Path, action="append", default=[], help="checkpoints that were kept elsewhere"
        )
        check.add_argument("--tree-only", action="store_true", help="leave out the comparison of columns: much faster")
        commands.add_parser("tail").add_argument("-n", type=int, default=20, help="how many")
        commands.add_parser("prove").add_argument("event", type=UUID)
        commands.add_parser("checkpoint")
        commands.add_parser("keys").add_argument(
            "detail", nargs="?", choices=("show", "generate", "rotate"), default="show"
        )
        commands.add_parser("rollup").add_argument("detail", choices=("rebuild",))
        commands.add_parser("reconcile")
        spooling.add_arguments(commands)
        looking.add_arguments(commands)
        keeping.add_arguments(commands)
        trying.add_arguments(commands)
        measuring.add_arguments(commands)
        _export_arguments(commands.add_parser("export"))

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        """Run it."""
        try:
            getattr(self, what.replace("-", "_"))(options)
        except (ForkDetected, NotNow, NothingSigned, OSError, ValueError, ObjectDoesNotExist, ValidationError) as error:
            raise CommandError(str(error)) from error

    def verify(self, options: dict[str, Any]) -> None:
        """Exit 0 only if everything holds."""
        report = verify(options["anchor"], columns=not options["tree_only"])
        for finding in report.findings:
            self.stderr.write(self.style.ERROR(finding))
        for note in report.notes:
            self.stdout.write(note)
        verdict = "everything holds" if report.holds else f"{len(report.findings) + report.more} findings"
        self.stdout.write(f"{report.events} events checked: {verdict}")
        if not report.holds:
            sys.exit(1)

    def tail(self, options: dict[str, Any]) -> None:
        """The newest events, oldest of them first."""
        most = max(1, min(options["n"], 1000))
        newest = AuditEvent.objects.using(settings.AUDIT_DB_ALIAS).order_by("-leaf_index")[:most]
        for event in reversed(newest):
            who = event.actor_name or event.actor_type
            self.stdout.write(
                f"{event.occurred_at:%Y-%m-%d %H:%M:%S} {event.type} {event.outcome} {who} {event.request_id}"
            )

    def prove(self, options: dict[str, Any]) -> None:
        """A .tlog-proof of one event."""
        event = AuditEvent.objects.using(settings.AUDIT_DB_ALIAS).get(pk=options["event"])
        self.stdout.write(prove_event(event).text(), ending="")

    def checkpoint(self, _: dict[str, Any]) -> None:
        """Sign what is new, show the newest checkpoint."""
        sign_checkpoint()
        newest = SignedCheckpoint.objects.using(settings.AUDIT_DB_ALIAS).first()
        if newest is None:
            raise NothingSigned("the log is empty")
        self.stdout.write(newest.note, ending="")

    def keys(self, options: dict[str, Any]) -> None:
        """Public keys, the current one first (generate: made where there is none); or another from now on."""
        if options["detail"] == "generate":
            self.stdout.write(str(key_file().keys()[-1].verifier))
            return
        if options["detail"] == "rotate":
            self.stdout.write(str(rotate_log_key()))
            return
        for key in trusted_keys(settings.AUDIT_DB_ALIAS, key_file().keys()):
            self.stdout.write(str(key))

    def rollup(self, _: dict[str, Any]) -> None:
        """Make the figures of the overview anew from the records; new events wait meanwhile."""
        self.stdout.write(f"{rebuild()} events counted")

    def reconcile(self, _: dict[str, Any]) -> None:
        """Changes of control tables that left no record, since the last time."""
        self.stdout.write(f"{reconcile_changes()} changes without a record are on record now")

    def export(self, options: dict[str, Any]) -> None:
        """An evidence bundle in a new directory."""
        chosen = {name: options[name] for name in FILTERS if options[name]}
        about = {"requested_by": options["by"], "reason": options["reason"]}
        manifest = export_bundle(options["directory"], about, options["first"], options["end"], **chosen)
        self.stdout.write(f"{manifest['count']} records; check them with --key '{manifest['vkey']}'")


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", type=Path, help="new, or empty")
    parser.add_argument("--first", type=int, default=0, help="leaf number, default 0")
    parser.add_argument("--end", type=int, help="leaf number after the last, default all that is signed")
    parser.add_argument("--reason", required=True, help="why, for the record")
    parser.add_argument("--by", default=getpass.getuser(), help="who asked for it")
    for name in FILTERS:
        parser.add_argument(f"--{name.replace('_', '-')}", help="a selection instead of the whole range")
