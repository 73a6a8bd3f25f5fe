"""Streams of events: in order, at least once, on from where it ended, with the lag shown."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from accounts.models import User
from audit.actions import feed_sinks as feeding
from audit.actions.feed_sinks import behind, feed_sinks
from audit.models import AuditEvent, Destination, OutboxRecord, SignedCheckpoint
from tests.audit.channels.conftest import Made, taken_in

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
ADD = "/admin/audit/destination/add/"


class Receiver:
    """Keeps the bodies that it said yes to; says no when told to."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.status = 200

    def answer(self, request: Request) -> Response:
        """One request."""
        if self.status == 200:
            self.bodies.append(request.get_json(force=True))
        return Response(status=self.status)


@pytest.fixture
def receiver(elsewhere: HTTPServer) -> Receiver:
    found = Receiver()
    elsewhere.expect_request("/in", "POST").respond_with_handler(found.answer)
    return found


def test_a_webhook_gets_every_event_once_while_nothing_fails(
    made: Made, elsewhere: HTTPServer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeding, "BATCH", 2)
    made("webhook", elsewhere.url_for("/in"), "s", takes="events")
    taken_in(5)
    assert feed_sinks() == 5 and feed_sinks() == 0
    assert [len(body) for body in receiver.bodies] == [2, 2, 1]
    expected = [str(pk) for pk in AuditEvent.objects.order_by("leaf_index").values_list("pk", flat=True)]
    assert [event["id"] for body in receiver.bodies for event in body] == expected


def test_after_a_failure_it_goes_on_from_where_it_was_and_leaves_nothing_out(
    made: Made, elsewhere: HTTPServer, receiver: Receiver
) -> None:
    made("webhook", elsewhere.url_for("/in"), "s", takes="events")
    taken_in(2)
    assert feed_sinks() == 2
    receiver.status = 503
    taken_in(3)
    assert feed_sinks() == 0
    row = Destination.objects.get()
    assert (row.position, behind(row), row.problem) == (2, 3, "it answers 503")
    receiver.status = 200
    assert feed_sinks() == 0  # pauses
    Destination.objects.update(next_at=None)
    assert feed_sinks() == 3
    assert [int(event["leafindex"]) for body in receiver.bodies for event in body] == [0, 1, 2, 3, 4]


def test_killed_between_sending_and_remembering_it_sends_the_same_again(
    made: Made, elsewhere: HTTPServer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made("webhook", elsewhere.url_for("/in"), "s", takes="events")
    taken_in(2)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Destination, "succeeded", killed)
        with pytest.raises(KeyboardInterrupt):
            feed_sinks()
    assert feed_sinks() == 2
    assert receiver.bodies[0] == receiver.bodies[1]


def test_open_telemetry_gets_log_records(made: Made, elsewhere: HTTPServer, receiver: Receiver) -> None:
    made("otlp", elsewhere.url_for("/in"), "key", takes="events", identity="X-Api-Key")
    taken_in(1)
    assert feed_sinks() == 1
    (record,) = receiver.bodies[0]["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    event = AuditEvent.objects.get()
    assert json.loads(record["body"]["stringValue"]) == json.loads(bytes(event.raw))
    assert (record["eventName"], record["severityText"]) == ("gatehouse.proxy.request.rejected", "WARN")
    named = {one["key"]: one["value"] for one in record["attributes"]}
    assert named["gatehouse.event_id"] == {"stringValue": str(event.pk)}
    assert named["gatehouse.leaf_index"] == {"intValue": "0"}


def test_a_file_gets_the_exact_bytes(made: Made) -> None:
    made("file", "events.jsonl", takes="events")
    taken_in(3)
    assert feed_sinks() == 3
    raws = [bytes(raw) for raw in AuditEvent.objects.order_by("leaf_index").values_list("raw", flat=True)]
    assert (settings.AUDIT_ANCHORS / "events.jsonl").read_bytes().splitlines() == raws


@pytest.fixture
def root(transactional_db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"), "django.contrib.auth.backends.ModelBackend")
    return client


def form(**more: str) -> dict[str, str]:
    return {"name": "siem", "takes": "events", "kind": "webhook", "lock_days": "0", "every_minutes": "60", **more}


def test_what_is_switched_on_must_take_a_probe(
    root: Client, elsewhere: HTTPServer, receiver: Receiver, signed: SignedCheckpoint
) -> None:
    given = form(address=elsewhere.url_for("/in"), secret="s", enabled="on")
    receiver.status = 500
    answer = root.post(ADD, given)
    assert answer.status_code == 200 and "it answers 500" in answer.content.decode()
    assert not Destination.objects.exists()
    receiver.status = 200
    assert root.post(ADD, given).status_code == 302
    row = Destination.objects.get()
    assert row.position == signed.size + 1 and row.secret == "s" and len(receiver.bodies) == 1
    kinds = [json.loads(bytes(one.raw))["type"] for one in OutboxRecord.objects.all()]
    assert "admin.destination.created" in kinds
    change = f"/admin/audit/destination/{row.pk}/change/"
    assert root.post(change, form(address=row.address, enabled="on")).status_code == 302
    row.refresh_from_db()
    assert row.secret == "s"  # an empty field keeps it
    moved = root.post(change, form(address=elsewhere.url_for("/other"), enabled="on"))
    assert moved.status_code == 200 and "give the secret again" in moved.content.decode()
    assert (
        "s3cr3t" not in root.get(change).content.decode() and row.secret_sealed not in root.get(change).content.decode()
    )
    root.post("/admin/audit/destination/", {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert not Destination.objects.exists()


def test_a_kind_takes_only_what_it_can(root: Client) -> None:
    answer = root.post(ADD, form(kind="mail", address="a@example.org"))
    assert answer.status_code == 200 and "takes only" in answer.content.decode()


def test_nobody_but_a_superuser_sees_where_everybodys_evidence_goes(made: Made) -> None:
    row = made("file", "x")
    client = Client()
    client.force_login(User.objects.create_user("ann", is_staff=True), "django.contrib.auth.backends.ModelBackend")
    for path in ("", "add/", f"{row.pk}/change/", f"{row.pk}/delete/"):
        assert client.get(f"/admin/audit/destination/{path}").status_code == 403
