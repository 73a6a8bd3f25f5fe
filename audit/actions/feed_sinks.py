"""Send every event on to where it is wanted: in the order of the log, at least once, from where the last run ended."""

import time

from django.conf import settings

from audit import log
from audit.channels.delivery import Delivery, NotDelivered
from audit.channels.sending import send
from audit.models import AuditEvent, Destination, TreeState

BATCH = 200
SECONDS = 10.0  # for one sink in one run, so that the others have their turn


def feed_sinks() -> int:
    """Every sink whose time has come; how many events arrived somewhere."""
    return sum(feed_sink(destination) for destination in Destination.objects.due(Destination.Takes.EVENTS))


def feed_sink(destination: Destination) -> int:
    """One sink until it has everything, fails or had its time; how many events arrived.

    The cursor moves only after the receiver said yes: killed in between, the same events are sent again under the
    same names.
    """
    arrived, end = 0, time.monotonic() + SECONDS
    while time.monotonic() < end:
        events = _next(destination.position)
        if not events:
            break
        first, last = events[0].leaf_index, events[-1].leaf_index
        try:
            send(destination, Delivery(f"events-{first:012d}-{last:012d}", events=events))
        except NotDelivered as error:
            if destination.failed(str(error)):
                attrs = {"destination": destination.name, "kind": destination.kind, "problem": destination.problem}
                log.record("audit.sink.failed", outcome="failure", attrs=attrs)
            break
        destination.succeeded(last + 1)
        arrived += len(events)
    return arrived


def behind(destination: Destination) -> int:
    """How many events it does not have yet."""
    return max(0, TreeState.newest_leaf() + 1 - destination.position)


def _next(position: int) -> list[AuditEvent]:
    rows = AuditEvent.objects.using(settings.AUDIT_DB_ALIAS).filter(leaf_index__gte=position)
    return list(rows.order_by("leaf_index")[:BATCH])
