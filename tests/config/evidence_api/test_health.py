"""`/api/v1/audit/health`: the figures of the log, for whoever may see evidence."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone

from accounts.models import Membership
from audit.actions.lay_anchors import lay_anchors
from audit.actions.sign_checkpoint import sign_checkpoint
from audit.models import AuditEvent, DeadLetter, Destination, SpoolWriterRow, VerificationRun
from tests.accounts.api.conftest import client_of, superuser
from tests.audit.review.conftest import happened
from tests.gateway_world import World

__all__ = ["client_of", "superuser"]
HEALTH = "/api/v1/audit/health"


@pytest.fixture
def bob(world: World, client_of: Callable[..., Client], settings: Any, tmp_path: Any) -> Client:
    """He audits."""
    settings.AUDIT_KEY_FILE, settings.AUDIT_CHECKPOINT_FILE = tmp_path / "key", tmp_path / "checkpoint"
    settings.AUDIT_ANCHORS = tmp_path / "anchors"
    settings.AUDIT_ANCHORS.mkdir()
    Membership.objects.filter(user=world.bob).update(role="auditor")
    happened(organisation=world.organisation)
    return client_of("bob")


def test_a_log_that_is_signed_checked_and_kept_outside_is_healthy(bob: Client) -> None:
    Destination.objects.create(name="disk", kind="file", takes="checkpoints", address="kept")
    VerificationRun.objects.create(state="holds", ended_at=timezone.now())
    signed = sign_checkpoint()
    assert signed is not None and lay_anchors() == 1
    found = bob.get(HEALTH).json()
    assert found["anchors"][0].pop("succeeded_at")
    assert found["anchors"] == [{"name": "disk", "kind": "file", "size": signed.size, "failures": 0}]
    assert found["healthy"] is True and found["signed_size"] == signed.size
    assert found["last_run"]["state"] == "holds"
    assert (found["gaps"], found["dead_letters"]) == (0, 0)
    assert found["size"] >= signed.size and found["lag_seconds"] < 60


@pytest.mark.parametrize("trouble", ["gap", "letter", "check", "anchor"])
def test_what_is_a_worry_is_no_health(bob: Client, trouble: str) -> None:
    sign_checkpoint()
    disk = Destination.objects.create(name="disk", kind="file", takes="checkpoints", address="kept")
    assert bob.get(HEALTH).json()["healthy"] is True
    if trouble == "gap":
        SpoolWriterRow.objects.update(gaps=2)
    elif trouble == "letter":
        DeadLetter.objects.create(source="x", reason="r", raw=b"r", found_at=timezone.now())
    elif trouble == "check":
        VerificationRun.objects.create(state="broken", ended_at=timezone.now(), findings=["one"])
    else:
        disk.failed("it is full")
    found = bob.get(HEALTH).json()
    assert found["healthy"] is False
    assert "it is full" not in str(found)  # what superusers see of a destination


def test_without_a_place_outside_it_is_not_called_healthy(bob: Client) -> None:
    sign_checkpoint()
    found = bob.get(HEALTH).json()
    assert found["healthy"] is False and found["anchors"] == []


def test_the_figures_are_looked_at_only_by_who_may_see_evidence(bob: Client, world: World) -> None:
    assert Client().get(HEALTH).status_code == 401
    assert bob.post(HEALTH).status_code == 403
    Membership.objects.filter(user=world.bob).update(role="administrator")
    assert bob.get(HEALTH).status_code == 403


def test_nothing_is_counted_and_nothing_changed(bob: Client, database_calls: list[str]) -> None:
    before = AuditEvent.objects.order_by("-leaf_index").first()
    database_calls.clear()
    assert bob.get(HEALTH).status_code == 200
    assert not [sql for sql in database_calls if "COUNT(" in sql.upper() or "TRIGGER" in sql.upper()]
    assert AuditEvent.objects.order_by("-leaf_index").first() == before
    apps.get_app_config("audit").close()
