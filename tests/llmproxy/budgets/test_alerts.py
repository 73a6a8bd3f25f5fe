"""Alerts: told once, by mail and by a webhook that its receiver can check; tried again where it fails."""

import hmac
import json
from base64 import b64encode
from decimal import Decimal
from hashlib import sha256

import pytest
from django.core import mail
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from llmproxy.actions import tell_alerts
from llmproxy.budgets.alerting import raise_alerts
from llmproxy.models import Budget, BudgetAlert
from tests.gateway_world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(transactional_db: None) -> World:
    return World.build()


def budget_of(world: World, **values: object) -> Budget:
    made = Budget(organisation=world.organisation, name="month", amount=Decimal(10), **values)  # type: ignore[misc]
    made.alert_secret = "a secret of ours"
    made.full_clean()
    made.save()
    return made


def test_each_threshold_is_raised_once_for_each_subject(world: World) -> None:
    budget = budget_of(world)
    limit = budget.limit_nano()
    assert [alert.threshold for alert in raise_alerts(budget, "", 1, limit * 85 // 100, limit)] == [50, 80]
    assert raise_alerts(budget, "", 1, limit * 90 // 100, limit) == []
    assert [alert.threshold for alert in raise_alerts(budget, "", 1, limit, limit)] == [100]
    assert len(raise_alerts(budget, "key=1", 1, limit, limit)) == 3
    assert len(raise_alerts(budget, "", 2, limit, limit)) == 3


def test_a_mail_says_what_happened(world: World) -> None:
    budget = budget_of(world, alert_mails=["cfo@example.org"])
    raise_alerts(budget, "", 1, 6 * 10**9, 10 * 10**9)
    assert tell_alerts.execute() == 1
    assert tell_alerts.execute() == 0
    letter = mail.outbox[0]
    assert letter.recipients() == ["cfo@example.org"]
    assert "$6.00 of $10.00" in letter.body and "50 %" in letter.subject


def test_a_webhook_is_signed_and_sent_again_under_the_same_id(
    world: World, httpserver: HTTPServer, settings: Settings
) -> None:
    settings.GATEHOUSE_EGRESS_ALLOW = (f"127.0.0.1:{httpserver.port}",)
    seen: list[Request] = []
    answers = [503, 200]

    def receive(request: Request) -> Response:
        seen.append(request)
        return Response(status=answers[len(seen) - 1])

    httpserver.expect_request("/hook").respond_with_handler(receive)
    budget = budget_of(world, alert_url=httpserver.url_for("/hook").replace("localhost", "127.0.0.1"))
    raise_alerts(budget, "", 1, 6 * 10**9, 10 * 10**9)
    assert tell_alerts.execute() == 0
    assert "503" in BudgetAlert.objects.get().problem
    assert tell_alerts.execute() == 1
    first, second = seen
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    signed = f"{second.headers['webhook-id']}.{second.headers['webhook-timestamp']}.".encode() + second.data
    expected = b64encode(hmac.new(b"a secret of ours", signed, sha256).digest()).decode()
    assert second.headers["webhook-signature"] == f"v1,{expected}"
    assert json.loads(second.data)["threshold"] == 50


def test_a_private_address_that_nobody_allowed_is_not_called(world: World, httpserver: HTTPServer) -> None:
    budget = budget_of(world, alert_url=f"http://127.0.0.1:{httpserver.port}/hook")
    raise_alerts(budget, "", 1, 6 * 10**9, 10 * 10**9)
    assert tell_alerts.execute() == 0
    assert httpserver.log == []
