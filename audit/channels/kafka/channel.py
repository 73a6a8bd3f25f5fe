"""Events, or checkpoints, to a topic: written by all replicas in sync before it counts as delivered."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit
from zlib import crc32

from django.utils import timezone

from audit.channels.delivery import Delivery, NotDelivered
from audit.channels.kafka import wire
from audit.channels.kafka.broker import Broker, check
from audit.models import Destination

TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}", re.ASCII)
LARGEST_BATCH = 700_000  # brokers take a million bytes where nobody said otherwise
TIMEOUT_MS = 10_000
PORT = 9092


class Place(NamedTuple):
    """Where to."""

    host: str
    port: int
    topic: str
    secure: bool
    user: str
    password: str

    def broker(self, host: str, port: int) -> Broker:
        """Any of the cluster's."""
        return Broker(host, port, secure=self.secure, user=self.user, password=self.password)


def send(destination: Destination, delivery: Delivery) -> str:
    """One organisation's events stay in their order: they go to one partition. Sent again, they are there twice, with
    the same ids. The receipt names the last offset. Raises NotDelivered."""
    place = _place(destination)
    try:
        return _sent(place, _records(delivery))
    except wire.Malformed as error:
        raise NotDelivered(str(error)) from error
    except (OSError, ValueError) as error:
        raise NotDelivered(f"it cannot be reached: {type(error).__name__}") from error


def _place(destination: Destination) -> Place:
    parts = urlsplit(destination.address)
    topic = parts.path.strip("/")
    if parts.scheme not in ("kafka", "kafkas") or not parts.hostname or not TOPIC.fullmatch(topic):
        raise NotDelivered("write kafkas://host:9093/topic, or kafka:// without TLS")
    user = destination.identity
    return Place(
        parts.hostname, parts.port or PORT, topic, parts.scheme == "kafkas", user, destination.secret if user else ""
    )


def _sent(place: Place, records: Sequence[wire.Record]) -> str:
    with place.broker(place.host, place.port) as broker:
        found = wire.metadata_of(broker.ask(wire.METADATA, wire.metadata_request(place.topic)))
    check(found.error)
    if not found.leaders:
        raise NotDelivered("the broker says: the topic has no partitions yet")
    receipt = ""
    for partition, batch in _batches(records, len(found.leaders)):
        leader = found.brokers.get(found.leaders.get(partition, -1))
        if leader is None:
            check(5)
            continue
        with place.broker(*leader) as broker:
            body = wire.produce_request(place.topic, partition, wire.batch_of(batch), TIMEOUT_MS)
            error, offset = wire.produced(broker.ask(wire.PRODUCE, body))
        check(error)
        receipt = f"{place.topic}/{partition}@{offset + len(batch) - 1}"
    return receipt


def _batches(records: Sequence[wire.Record], partitions: int) -> Iterator[tuple[int, list[wire.Record]]]:
    chosen: dict[int, list[wire.Record]] = {}
    for record in records:
        chosen.setdefault(crc32(record.key) % partitions, []).append(record)
    for partition, mine in sorted(chosen.items()):
        batch: list[wire.Record] = []
        size = 0
        for record in mine:
            if batch and size + len(record.value) > LARGEST_BATCH:
                yield partition, batch
                batch, size = [], 0
            batch.append(record)
            size += len(record.value) + len(record.key) + 32
        yield partition, batch


def _records(delivery: Delivery) -> list[wire.Record]:
    if delivery.note:
        now = int(timezone.now().timestamp() * 1000)
        return [wire.Record(b"checkpoint", delivery.note.encode(), now)]
    return [
        wire.Record(event.organisation_id.encode(), bytes(event.raw), int(event.occurred_at.timestamp() * 1000))
        for event in delivery.events
    ]
