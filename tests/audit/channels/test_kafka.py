"""Events to Kafka: whole, in the order of each organisation, at least once; a broker's no is said in words."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from audit.actions.feed_sinks import feed_sinks
from audit.channels.delivery import Delivery, NotDelivered
from audit.channels.kafka import wire
from audit.channels.sending import send
from audit.models import AuditEvent, SignedCheckpoint
from tests.audit.channels.conftest import Made, taken_in
from tests.audit.channels.kafka_broker import StrictBroker, crc32c_by_the_book, running

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])


@pytest.fixture
def broker(settings: Any) -> Iterator[StrictBroker]:
    with running(StrictBroker("audit.events", 3)) as found:
        settings.GATEHOUSE_EGRESS_ALLOW = (f"127.0.0.1:{found.port}",)
        yield found


def address(broker: StrictBroker, topic: str = "audit.events") -> str:
    return f"kafka://127.0.0.1:{broker.port}/{topic}"


def test_the_checksum_is_that_of_the_standard() -> None:
    assert wire.crc32c(b"123456789") == 0xE3069283 == crc32c_by_the_book(b"123456789")


def test_every_event_arrives_byte_for_byte_and_in_order(made: Made, broker: StrictBroker) -> None:
    made("kafka", address(broker), takes="events")
    taken_in(5)
    assert feed_sinks() == 5
    assert feed_sinks() == 0
    arrived = [value for log in broker.log.values() for _, value in log]
    assert arrived == [bytes(raw) for raw in AuditEvent.objects.order_by("leaf_index").values_list("raw", flat=True)]


def test_large_batches_are_divided(made: Made, broker: StrictBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    from audit.channels.kafka import channel

    monkeypatch.setattr(channel, "LARGEST_BATCH", 1000)
    destination = made("kafka", address(broker), takes="events")
    taken_in(8)
    events = list(AuditEvent.objects.order_by("leaf_index"))
    receipt = send(destination, Delivery("events-0-7", events=events))
    assert receipt.endswith("@7")
    assert sum(len(log) for log in broker.log.values()) == 8


def test_a_refusal_is_said_and_everything_is_sent_again(made: Made, broker: StrictBroker) -> None:
    destination = made("kafka", address(broker), takes="events")
    taken_in(3)
    broker.error = 29
    assert feed_sinks() == 0
    destination.refresh_from_db()
    assert "may not write to the topic" in destination.problem
    broker.error = 0
    destination.next_at = None
    destination.save()
    assert feed_sinks() == 3


def test_a_checkpoint_goes_there_as_well(made: Made, broker: StrictBroker, signed: SignedCheckpoint) -> None:
    send(made("kafka", address(broker)), Delivery("checkpoint-3", note=signed.note))
    assert [(b"checkpoint", signed.note.encode())] in broker.log.values()


def test_who_must_log_in_does(made: Made, broker: StrictBroker, signed: SignedCheckpoint) -> None:
    broker.password = "open sesame"
    delivery = Delivery("checkpoint-3", note=signed.note)
    send(made("kafka", address(broker), "open sesame", identity="gatehouse"), delivery)
    wrong = made("kafka", address(broker), "guess", identity="gatehouse", takes="events")
    with pytest.raises(NotDelivered, match="user or password"):
        send(wrong, delivery)


@pytest.mark.parametrize(
    "where", ["kafka://127.0.0.1", "http://127.0.0.1/t", "kafka://127.0.0.1/a/b", "kafka://127.0.0.1/%00"]
)
def test_what_is_no_address_is_refused(made: Made, where: str) -> None:
    with pytest.raises(NotDelivered, match="write kafkas"):
        send(made("kafka", where), Delivery("x", note="n"))


def test_a_topic_that_is_not_there_is_named(made: Made, broker: StrictBroker) -> None:
    with pytest.raises(NotDelivered, match="no such topic"):
        send(made("kafka", address(broker, "other")), Delivery("x", note="n"))


def test_a_host_that_is_not_allowed_is_not_called(made: Made, broker: StrictBroker, settings: Any) -> None:
    settings.GATEHOUSE_EGRESS_ALLOW = ()
    with pytest.raises(NotDelivered):
        send(made("kafka", address(broker)), Delivery("x", note="n"))


@pytest.mark.parametrize(
    "nonsense",
    [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x7f\xff\xff\xff", b"\0\0\0\x08\0\0\0\x01\x7f\xff\xff\xff", b""],
)
def test_who_is_no_broker_is_found_out(made: Made, settings: Any, nonsense: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        settings.GATEHOUSE_EGRESS_ALLOW = (f"127.0.0.1:{port}",)

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(nonsense)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(NotDelivered):
            send(made("kafka", f"kafka://127.0.0.1:{port}/t"), Delivery("x", note="n"))
        thread.join()
