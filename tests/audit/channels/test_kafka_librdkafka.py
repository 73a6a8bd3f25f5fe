"""The same against a broker that is not ours: the cluster that librdkafka simulates, read by its own consumer."""

from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, Producer, TopicPartition
from django.conf import settings as django_settings

from audit.actions.feed_sinks import feed_sinks
from audit.apps import AuditConfig
from audit.channels.delivery import Delivery
from audit.channels.sending import send
from audit.ingest.ingestor import Ingestor
from audit.log import record
from audit.models import AuditEvent, SignedCheckpoint
from tests.audit.channels.conftest import Made

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
TOPIC = "audit.events"


@pytest.fixture
def cluster(settings: Any) -> Iterator[list[str]]:
    """The addresses of three brokers that share the partitions of the topic."""
    owner = Producer({"test.mock.num.brokers": 3, "bootstrap.servers": "replaced", "log_level": 0})
    brokers = owner.list_topics(TOPIC, timeout=20).brokers.values()
    settings.GATEHOUSE_EGRESS_ALLOW = tuple(f"{each.host}:{each.port}" for each in brokers)
    yield [f"{each.host}:{each.port}" for each in brokers]
    owner.flush(1)


def arrived(cluster: list[str], count: int) -> list[Message]:
    """What a consumer reads that checks every checksum."""
    consumer = Consumer(
        {"bootstrap.servers": ",".join(cluster), "group.id": "auditor", "check.crcs": True, "log_level": 0}
    )
    try:
        partitions = consumer.list_topics(TOPIC, timeout=20).topics[TOPIC].partitions
        consumer.assign([TopicPartition(TOPIC, number, OFFSET_BEGINNING) for number in partitions])
        found: list[Message] = []
        while len(found) < count and (messages := consumer.consume(count - len(found), timeout=20)):
            found += messages
        assert [message.error() for message in found] == [None] * count
        return found
    finally:
        consumer.close()


def test_events_arrive_byte_for_byte_and_each_organisation_keeps_its_order(made: Made, cluster: list[str]) -> None:
    made("kafka", f"kafka://{cluster[0]}/{TOPIC}", takes="events")
    for n in range(60):
        record("proxy.request.rejected", outcome="denied", request_id=f"r{n} ü\u202e", organisation_id=f"org-{n % 7}")
    AuditConfig.current().close()
    Ingestor(django_settings.AUDIT_SPOOL, django_settings.AUDIT_NODE).run()
    assert feed_sinks() == 60
    messages = arrived(cluster, 60)
    events = list(AuditEvent.objects.order_by("leaf_index"))
    assert sorted(message.value() for message in messages) == sorted(bytes(event.raw) for event in events)
    assert len({message.partition() for message in messages}) > 1
    for number in range(7):
        mine = [message for message in messages if message.key() == f"org-{number}".encode()]
        assert len({message.partition() for message in mine}) == 1
        of_mine = [bytes(event.raw) for event in events if event.organisation_id == f"org-{number}"]
        assert [message.value() for message in sorted(mine, key=lambda each: each.offset())] == of_mine


def test_a_checkpoint_arrives_and_its_receipt_says_where(
    made: Made, cluster: list[str], signed: SignedCheckpoint
) -> None:
    receipt = send(made("kafka", f"kafka://{cluster[1]}/{TOPIC}"), Delivery("checkpoint-3", note=signed.note))
    (message,) = arrived(cluster, 1)
    assert message.value() == signed.note.encode()
    assert receipt == f"{TOPIC}/{message.partition()}@{message.offset()}"
