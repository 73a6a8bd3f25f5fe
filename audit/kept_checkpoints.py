"""Checkpoints that were laid down outside the log's database, as far as this machine can read them."""

from pathlib import Path

from audit.channels.delivery import NotDelivered
from audit.channels.file import path_of
from audit.models import Anchor, Destination

MOST_ANCHORS = 10_000


def anchored() -> list[tuple[str, bytes]]:
    """Where each lies, and its note: from anchors' files and from the rows that say what was laid down."""
    rows = Anchor.objects.select_related("destination")[:MOST_ANCHORS]
    return [(f"the anchor at {row.destination.name}", row.note.encode()) for row in rows]


def anchor_files() -> list[Path]:
    """Files of anchors that are there."""
    files = Destination.objects.filter(kind=Destination.Kind.FILE, takes=Destination.Takes.CHECKPOINTS)
    found = []
    for destination in files:
        try:
            found.append(path_of(destination))
        except NotDelivered:
            continue
    return [path for path in found if path.is_file()]
