"""`manage.py demo`: fills a demonstration data set through the running gateway."""

import time
from argparse import ArgumentParser
from typing import Any

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from rich.console import Console
from rich.progress import track

from config.demonstration import calls, tenants

CALLS = 300


class Command(BaseCommand):
    """Organisations, people, keys, providers, and some hundred real calls."""

    help = "Adds demonstration organisations and sends real calls through the running gateway. Start it first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many calls."""
        parser.add_argument("--calls", type=int, default=CALLS, help=f"how many calls to send ({CALLS})")

    def handle(self, *args: Any, **options: Any) -> None:
        """Nothing is made up: without a running gateway there is nothing to show."""
        console = Console(highlight=False)
        url = calls.address()
        try:
            calls.check_running(url)
            keys = tenants.fill()
            # The keys are in force within the time that configuration may be old (DESIGN 6).
            time.sleep(settings.GATEHOUSE_STALE_SECONDS + 0.5)
            sent = calls.send(url, keys, options["calls"])
            statuses = list(track(sent, "Calling the gateway", total=options["calls"], console=console))
        except calls.NotRunning as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(f"The database cannot be used: {str(error).strip().splitlines()[0]}") from error
        except requests.RequestException as error:
            raise CommandError(f"The gateway stopped answering: {type(error).__name__}.") from error
        console.print(f"{len(statuses)} calls in {len(tenants.PLANS)} organisations: {calls.counted(statuses)}")
        console.print(f"Look at them in {settings.GATEHOUSE_PUBLIC_URL}/admin/")
