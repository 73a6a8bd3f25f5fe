"""What is handed to a channel, and how it can fail."""

from collections.abc import Sequence
from dataclasses import dataclass

from audit.models import AuditEvent


class NotDelivered(Exception):
    """It did not arrive, or nobody said that it did; the text is for the administrator and holds no secret."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A checkpoint, or a batch of events.

    Attributes:
        name: tells it apart from all others, the same when it is sent again; letters, digits, hyphens.
        note: the signed checkpoint; empty for a batch.
        events: of the batch, in the order of the log.
    """

    name: str
    note: str = ""
    events: Sequence[AuditEvent] = ()

    def lines(self) -> bytes:
        """For a file: the note, or the records' exact bytes one a line."""
        if self.note:
            return self.note.encode()
        return b"".join(bytes(event.raw) + b"\n" for event in self.events)
