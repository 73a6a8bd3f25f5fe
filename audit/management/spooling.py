"""`manage.py audit ingest|spool`: what waits is taken in, what ended writers left taken over, what is torn kept."""

import argparse
from pathlib import Path
from typing import Any

from django.conf import settings

from audit.ingest import spool_files
from audit.ingest.contents import ContentIngestor
from audit.ingest.damage import damaged
from audit.ingest.ingestor import Ingestor
from audit.models import DeadLetter

MOST_SECONDS = 3600.0


class SpoolCommands:
    """Sub-commands of `audit`; `stdout` is the command's."""

    stdout: Any

    def ingest(self, _: dict[str, Any]) -> None:
        """Take in what waits, and say how much that was."""
        self.stdout.write(f"{_taken_in(settings.AUDIT_NODE)} new records")

    def spool(self, options: dict[str, Any]) -> None:
        """status: what waits, and what could not be read; recover: what ended writers left; repair: what is torn."""
        deeds = {"status": self._status, "recover": self._recover, "repair": self._repair}
        deeds[options["detail"]](_node(options["node"]))

    def _status(self, node: str) -> None:
        for writer in spool_files.writers(settings.AUDIT_SPOOL / node):
            state, torn = "ended" if spool_files.is_dead(writer) else "alive", len(_torn(writer))
            kept = f", {torn} kept as torn" if torn else ""
            self.stdout.write(
                f"writer {writer.name} ({state}): {len(spool_files.segments(writer))} segments wait{kept}"
            )
        letters = DeadLetter.objects.using(settings.AUDIT_DB_ALIAS).count()
        self.stdout.write(f"{letters} dead letters")

    def _recover(self, node: str) -> None:
        """What ended writers left is taken in, and calls that they did not end are ended in the log."""
        places = [spool / node for spool in (settings.AUDIT_SPOOL, settings.AUDIT_CONTENT_SPOOL)]
        writers = [writer for place in places for writer in spool_files.writers(place) if spool_files.is_dead(writer)]
        left = {writer: len(spool_files.segments(writer)) for writer in writers}
        added = _taken_in(node)
        for writer, before in left.items():
            after = len(spool_files.segments(writer))
            busy = f", {after} are held by another process" if after else ""
            self.stdout.write(f"writer {writer.name} (ended): {before - after} segments taken over{busy}")
        self.stdout.write(f"{len(left)} writers have ended; {added} new records")

    def _repair(self, node: str) -> None:
        """Whole records are taken in; what is none is kept twice, as a dead letter and as the file itself."""
        place = settings.AUDIT_SPOOL / node
        found = list(damaged(place))
        for damage in found:
            self.stdout.write(str(damage))
        added = _taken_in(node) if found else 0
        torn = [path for writer in spool_files.writers(place) for path in _torn(writer)]
        self.stdout.write(f"{len(found)} damaged segments; {added} new records; kept as torn, with their bytes:")
        for path in torn:
            self.stdout.write(f"  {path.parent.name}/{path.name}")
        if not torn:
            self.stdout.write("  none")


def add_arguments(commands: "argparse._SubParsersAction[Any]") -> None:
    """The sub-commands and what belongs to them."""
    commands.add_parser("ingest").add_argument("--once", action="store_true", help="one pass, as always")
    spool = commands.add_parser("spool")
    spool.add_argument("detail", nargs="?", choices=("status", "recover", "repair"), default="status")
    spool.add_argument("--node", default="", help="of a machine that is gone and left its part of the spool here")


def _taken_in(node: str) -> int:
    added = Ingestor(settings.AUDIT_SPOOL, node).run(max_seconds=MOST_SECONDS)
    return added + ContentIngestor(settings.AUDIT_CONTENT_SPOOL, node).run(max_seconds=MOST_SECONDS)


def _torn(writer: Path) -> list[Path]:
    return sorted(writer.glob(f"*{spool_files.TORN}"))


def _node(name: str) -> str:
    """A node that left something here; this machine's own where none is named. Raises ValueError."""
    if not name:
        return str(settings.AUDIT_NODE)
    spools = [spool for spool in (settings.AUDIT_SPOOL, settings.AUDIT_CONTENT_SPOOL) if spool.is_dir()]
    nodes = sorted({path.name for spool in spools for path in spool.iterdir() if path.is_dir()})
    if name not in nodes:
        raise ValueError(f"no such node left anything here; there are: {', '.join(nodes) or 'none'}")
    return name
