"""The classes of evidence, how long each is kept where nobody decided otherwise, and the least that may be chosen."""

from collections.abc import Mapping
from typing import NamedTuple

from django.conf import settings

CONTENT = "content"
LONGEST_DAYS = 36_500


class RetentionClass(NamedTuple):
    """`default` and `floor` are days."""

    title: str
    default: int
    floor: int


# EU AI Act, Articles 19 and 26: logs of high-risk systems for at least six months.
CLASSES: Mapping[str, RetentionClass] = {
    "proxy": RetentionClass("Calls", 396, 183),
    "auth": RetentionClass("Log-ins and tokens", 396, 183),
    "admin": RetentionClass("Changes, keys, reviews, exports", 2557, 396),
    "audit": RetentionClass("Readings and the log's own events", 2557, 396),
    "default": RetentionClass("Everything else", 2557, 396),
    CONTENT: RetentionClass("What was said", 90, 1),
}
# They say why something is missing, or which key signed: without them nothing could be checked any more.
FOR_EVER = (
    "retention.purged", "data.subject.erased", "integrity.key.created", "integrity.key.rotated", "audit.gap.detected",
)  # fmt: skip


def floor_of(name: str) -> int:
    """Days below which nobody may go: GATEHOUSE_RETENTION_FLOORS, else the class's own."""
    chosen: int = settings.AUDIT_RETENTION_FLOORS.get(name, CLASSES[name].floor)
    return chosen
