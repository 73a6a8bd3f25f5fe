"""`/api/v1/audit/alerts` and `alert-rules`: what the alerts page does, for programs."""

from collections.abc import Callable

from django.test import Client

from audit.actions.raise_alerts import raise_alerts
from audit.models import Alert, AlertRule
from tests.accounts.api.conftest import client_of
from tests.audit.review.conftest import happened
from tests.config.evidence_api.test_finding import API, people, sent
from tests.gateway_world import World

__all__ = ["client_of", "people"]
ClientOf = Callable[..., Client]


def raised(people: World) -> Alert:
    acme = str(people.organisation.pk)
    AlertRule.objects.create(organisation_id=acme, name="Refused", query="outcome=denied")
    happened("proxy.request.rejected", people.organisation, outcome="denied")
    assert raise_alerts() == 1
    return Alert.objects.get()


def test_an_alert_is_answered(people: World, client_of: ClientOf) -> None:
    alert, bob = raised(people), client_of("bob")
    assert [one["id"] for one in bob.get(f"{API}/alerts?state=open").json()["items"]] == [str(alert.pk)]
    assert bob.get(f"{API}/alerts/{alert.pk}").json()["rule_name"] == "Refused"
    assert sent(bob, f"alerts/{alert.pk}/acknowledge").json()["state"] == "acknowledged"
    assert sent(bob, f"alerts/{alert.pk}/acknowledge").status_code == 409
    assert sent(bob, f"alerts/{alert.pk}/case").json()["title"] == "Alert: Refused"
    assert sent(bob, f"alerts/{alert.pk}/close").status_code == 400
    assert sent(bob, f"alerts/{alert.pk}/close", note="followed up").json()["note"] == "followed up"
    [rule] = bob.get(f"{API}/alert-rules").json()["items"]
    assert rule["query"] == "outcome=denied" and "secret" not in str(rule)


def test_another_tenants_alert_does_not_exist(people: World, client_of: ClientOf) -> None:
    alert, charlie = raised(people), client_of("charlie")
    assert charlie.get(f"{API}/alerts").json()["items"] == charlie.get(f"{API}/alert-rules").json()["items"] == []
    assert charlie.get(f"{API}/alerts/{alert.pk}").status_code == 404
    assert sent(charlie, f"alerts/{alert.pk}/close", note="not mine").status_code == 404
    assert client_of("alice").get(f"{API}/alerts").status_code == 403
    assert Client().get(f"{API}/alerts").status_code == 401
    assert client_of("bob").get(f"{API}/alerts?state=perhaps").status_code == 400
