"""`manage.py up`: everything that an installation needs, in the foreground."""

import os
import socket
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections
from rich.console import Console

from config.embedded.valkey import Valkey, ValkeyMissing
from config.first_boot import announcement, bootstrap, schema
from config.processes.supervisor import supervise
from config.processes.table import environment, processes


class Command(BaseCommand):
    """First boot, then all processes until Ctrl-C."""

    help = "Sets up what is missing, then runs web, worker, beat and the bundled Valkey until Ctrl-C."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Every trouble on the way is one line and exit code 1."""
        console = Console(highlight=False)
        data: Path = settings.GATEHOUSE_DATA
        self._check_directory(data)
        self._check_port()
        valkey = self._valkey()
        try:
            self._set_up(console, data)
        except DatabaseError as error:
            raise CommandError(f"The database cannot be used: {str(error).strip().splitlines()[0]}") from error
        connections.close_all()
        console.print(f"Listening on {settings.GATEHOUSE_PUBLIC_URL} (Ctrl-C stops everything in order)")
        supervise(processes(valkey), environment(), settings.VALKEY_SOCKET.with_name("supervisor.sock"))
        console.print("Stopped.")

    def _set_up(self, console: Console, data: Path) -> None:
        schema.migrate(console)
        if (first_run := bootstrap.bootstrap()) is not None:
            announcement.show(first_run, announcement.keep(first_run, data), console)

    def _check_directory(self, data: Path) -> None:
        try:
            data.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise CommandError(f"The data directory {data} cannot be made: {error.strerror}.") from error
        if not os.access(data, os.W_OK | os.X_OK):
            raise CommandError(f"The data directory {data} is not writable. Set GATEHOUSE_DATA to one that is.")

    def _check_port(self) -> None:
        host, port = settings.GATEHOUSE_HOST, settings.GATEHOUSE_PORT
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise CommandError(
                    f"Port {port} on {host} cannot be used: {error.strerror}. Set GATEHOUSE_PORT to another one."
                ) from error

    def _valkey(self) -> Valkey | None:
        if not settings.REDIS_IS_EMBEDDED:
            return None
        valkey = Valkey(settings.VALKEY_SOCKET, settings.GATEHOUSE_DATA / "valkey")
        try:
            valkey.prepare()
            valkey.command()
        except ValkeyMissing as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"The folder of the bundled Valkey cannot be made: {error.strerror}.") from error
        valkey.stop_orphan()
        return valkey
