"""`manage.py audit retention|hold|shred`: look at what would go, keep it, ask for it to go.

Who types it decides nothing that takes a second person: that one approves in the admin.
"""

import argparse
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError

from audit.actions.erase_subject import ask_for_erasure
from audit.actions.legal_holds import ask_for_release, place_hold
from audit.actions.run_retention import run_retention
from audit.context import Actor, bound
from audit.models import LegalHold
from audit.retention.classes import CLASSES
from audit.retention.plan import planned, standings


class KeepingCommands:
    """Sub-commands of `audit`; `stdout` is the command's."""

    stdout: Any

    def retention(self, options: dict[str, Any]) -> None:
        """plan: what is kept for how long and what is due, counted; run: remove what is due, with its record."""
        if options["detail"] == "run":
            done = run_retention()
            for reason in done.refused:
                self.stdout.write(f"stays for now: {reason}")
            self.stdout.write(f"{done.events} events removed, {done.keys} content keys destroyed")
            return
        for one in standings():
            when = f"{one.next_month} goes on {one.next_at:%Y-%m-%d}" if one.next_at else "nothing of it"
            self.stdout.write(f"{one.retention_class}: {one.days} days, {when}")
        for month in planned():
            of = f" of {month.organisation_id}" if month.organisation_id else ""
            what = "content keys" if month.retention_class == "content" else "events"
            title = CLASSES[month.retention_class].title
            self.stdout.write(f"due: {title} of {month.month}{of}: {month.goes} {what} go, {month.held} are held")

    def hold(self, options: dict[str, Any]) -> None:
        """add: place a hold; release: ask for its release; list: those in force."""
        if options["detail"] == "list":
            for hold in LegalHold.objects.filter(released_at=None):
                self.stdout.write(
                    f"{hold.pk} {hold.name} ({hold.query or 'everything'}), since {hold.placed_at:%Y-%m-%d}"
                )
            return
        person = _person(options["by"])
        with bound(actor=_actor(person)):
            if options["detail"] == "release":
                ask_for_release(options["name"], person, options["reason"])
                self.stdout.write("Asked for. A second person approves it in the admin: Retention and holds.")
                return
            query = dict(pair.partition("=")[::2] for pair in options["where"])
            hold = place_hold(
                person, options["organisation"], options["name"], query, (None, None), options["reason"],
                options["ticket"],
            )  # fmt: skip
        self.stdout.write(str(hold.pk))

    def shred(self, options: dict[str, Any]) -> None:
        """Ask for the destruction of one person's content."""
        person = _person(options["by"])
        with bound(actor=_actor(person)):
            row = ask_for_erasure(person, options["organisation"], options["subject"], options["reason"])
        self.stdout.write(f"{row.pk}: asked for. A second person approves it in the admin: Retention and holds.")


def add_arguments(commands: Any) -> None:
    """The sub-commands and what belongs to them."""
    commands.add_parser("retention").add_argument("detail", choices=("plan", "run"))
    hold = commands.add_parser("hold")
    hold.add_argument("detail", choices=("add", "release", "list"))
    hold.add_argument("name", nargs="?", default="", help="add: its name; release: its id")
    hold.add_argument("--where", action="append", default=[], help="filter=value, as in the explorer's address")
    hold.add_argument("--ticket", default="")
    shred = commands.add_parser("shred")
    shred.add_argument("subject", help="usr:…, svc:…, key:… or end:…")
    for parser in (hold, shred):
        _who_and_why(parser)


def _who_and_why(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--organisation", default="", help="its id")
    parser.add_argument("--by", default="", help="the user name of the person who asks, whose role must allow it")
    parser.add_argument("--reason", default="", help="why, for the record")


def _person(name: str) -> Any:
    person = get_user_model()._default_manager.filter(username=name, is_active=True).first()
    if person is None:
        raise CommandError("Say with --by who asks for it: the user name of a person whose role allows it.")
    return person


def _actor(person: Any) -> Actor:
    return Actor("user", f"usr:{person.pk}", person.get_username(), ("command line",))
