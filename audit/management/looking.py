"""`manage.py audit …`: finding events, and what is wrong with the log."""

import argparse
import datetime as dt
import json
import sys
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from audit import partitions
from audit.actions.keep_partitions import keep_partitions
from audit.actions.lay_anchors import lay_anchor
from audit.actions.probe_destination import probe
from audit.actions.restart_sink import restart_sink
from audit.actions.retry_dead_letters import retry_dead_letters
from audit.channels.delivery import NotDelivered
from audit.health import problems
from audit.models import AuditEvent, DeadLetter, Destination, SignedCheckpoint, SpoolWriterRow
from audit.review import search
from audit.review.filters import filters_of
from audit.review.period import Period

MOST = 1000


class Everybody:
    """Whoever may run commands on the machine sees every organisation's events."""

    is_superuser = True


def add_arguments(commands: "argparse._SubParsersAction[Any]") -> None:
    """The sub-commands and what belongs to them."""
    find = commands.add_parser("search")
    find.add_argument(
        "query", nargs="?", default="", help="as in the explorer's address, such as type=auth.logout&range=7d"
    )
    find.add_argument("-n", type=int, default=50, help="how many")
    commands.add_parser("show").add_argument("event", type=UUID)
    commands.add_parser("gaps")
    commands.add_parser("dead-letter").add_argument("detail", choices=("list", "retry"))
    commands.add_parser("anchor").add_argument("name", nargs="?", help="one destination; else every one that is on")
    commands.add_parser("partitions").add_argument("detail", choices=("ensure", "list"))
    commands.add_parser("doctor")
    sink = commands.add_parser("sink")
    sink.add_argument("detail", choices=("test", "reset"))
    sink.add_argument("name")
    sink.add_argument("--to", type=int, default=0, help="reset: the leaf number to send again from")


class LookingCommands(BaseCommand):
    """search, show, gaps, dead-letter, anchor, partitions, doctor, sink."""

    def search(self, options: dict[str, Any]) -> None:
        """Events of a period that filters choose, newest first."""
        wanted = filters_of(options["query"])
        period = Period.asked_for(dict(parse_qsl(options["query"].lstrip("?"))), timezone.now().astimezone(dt.UTC))
        left, before = max(1, min(options["n"], MOST)), None
        while left:
            page = search.page(Everybody(), period, wanted, before, None)
            for event in page.events[:left]:
                self._line(event)
            left -= len(page.events[:left])
            if page.older is None:
                break
            before = page.older

    def show(self, options: dict[str, Any]) -> None:
        """One record, and where it stands in the log."""
        event = AuditEvent.objects.using(settings.AUDIT_DB_ALIAS).get(pk=options["event"])
        self.stdout.write(json.dumps(json.loads(bytes(event.raw)), indent=1, sort_keys=True))
        self.stdout.write(f"leaf {event.leaf_index}, hash {bytes(event.leaf_hash).hex()}")

    def gaps(self, _: dict[str, Any]) -> None:
        """Writers of which records are missing."""
        for writer in SpoolWriterRow.objects.using(settings.AUDIT_DB_ALIAS).filter(gaps__gt=0).order_by("opened_at"):
            self.stdout.write(f"{writer.pk} on {writer.node}, process {writer.pid}: {writer.gaps} records are missing")
        found = AuditEvent.objects.using(settings.AUDIT_DB_ALIAS).filter(type="audit.gap.detected")
        for event in found.defer("raw").order_by("-id")[:MOST]:
            self._line(event)

    def dead_letter(self, options: dict[str, Any]) -> None:
        """What could not be taken in; or try that again, after an upgrade."""
        if options["detail"] == "retry":
            self.stdout.write(f"{retry_dead_letters()} records taken in")
            return
        for letter in DeadLetter.objects.using(settings.AUDIT_DB_ALIAS).order_by("-id")[:MOST]:
            self.stdout.write(f"{letter.pk} {letter.found_at:%Y-%m-%d %H:%M:%S} {letter}")

    def anchor(self, options: dict[str, Any]) -> None:
        """Lay the newest checkpoint down now."""
        newest = SignedCheckpoint.objects.using(settings.AUDIT_DB_ALIAS).first()
        chosen = Destination.objects.filter(takes=Destination.Takes.CHECKPOINTS, enabled=True)
        chosen = chosen.filter(name=options["name"]) if options["name"] else chosen
        if newest is None or not chosen:
            raise ValueError("there is no checkpoint yet" if newest is None else "there is no such destination")
        failed = [one.name for one in chosen if not lay_anchor(one, newest)]
        self.stdout.write(f"{newest.size} events laid down at {len(chosen) - len(failed)} destinations")
        if failed:
            raise ValueError(f"not at {', '.join(failed)}")

    def partitions(self, options: dict[str, Any]) -> None:
        """The months of the log on PostgreSQL."""
        if options["detail"] == "ensure":
            self.stdout.write(f"made: {', '.join(keep_partitions()) or 'none was missing'}")
            return
        for one in partitions.partitions(settings.AUDIT_DB_ALIAS):
            bounds = "what belongs nowhere" if one.since is None else f"{one.since:%Y-%m-%d} to {one.until:%Y-%m-%d}"
            self.stdout.write(f"{one.name}: {bounds}, {one.size:,} bytes")

    def doctor(self, _: dict[str, Any]) -> None:
        """What is wrong, and what to do. Exit 0 only if nothing is."""
        found = problems()
        for problem in found:
            self.stderr.write(self.style.ERROR(problem))
        self.stdout.write(f"{len(found)} problems")
        if found:
            sys.exit(1)

    def sink(self, options: dict[str, Any]) -> None:
        """Send a probe; or send everything from a leaf on once more."""
        destination = Destination.objects.get(name=options["name"])
        if options["detail"] == "test":
            try:
                probe(destination)
            except NotDelivered as error:
                raise ValueError(f"it did not arrive: {error}") from error
            self.stdout.write("it arrived")
            return
        restart_sink(destination, options["to"])
        self.stdout.write(f"{destination.name} goes on from leaf {options['to']}")

    def _line(self, event: AuditEvent) -> None:
        who = event.actor_name or event.actor_type
        text = f"{event.pk} {event.occurred_at:%Y-%m-%d %H:%M:%S} {event.type} {event.outcome} {who} {event.request_id}"
        self.stdout.write("".join(letter if letter.isprintable() else "\ufffd" for letter in text))
