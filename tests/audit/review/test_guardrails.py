"""Guardrail hits by rule, verdict and model; an honest page where nothing was looked at."""

import pytest

from audit.models import ReviewItem, ReviewQueue
from tests.audit.review.conftest import House

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
URL = "/admin/evidence/guardrails/"


def test_where_nothing_was_looked_at_the_page_says_so(house: House) -> None:
    house.happened(organisation=house.acme, guardrail_verdict="allow")
    ann = house.signed_in(house.person("ann", house.acme, "auditor"))
    assert "No guardrail looked at anything" in ann.get(URL).content.decode()


def test_hits_are_counted_by_rule_verdict_and_model(house: House) -> None:
    for model in ("large", "large", "small"):
        house.happened(
            "guardrail.blocked", house.acme, outcome="denied", guardrail_verdict="block", model_requested=model,
            attrs={"guardrail_rules": ["<b>secrets</b>"]},
        )  # fmt: skip
    flagged = house.happened(organisation=house.acme, guardrail_verdict="flag", model_requested="large")
    house.happened("guardrail.blocked", house.other, guardrail_verdict="block", attrs={"guardrail_rules": ["theirs"]})
    queue = ReviewQueue.objects.create(organisation_id=str(house.acme.pk), name="Hits")
    ReviewItem.objects.create(
        queue=queue, event_id=flagged, event_type="proxy.request.completed", state="decided", verdict="false_alarm"
    )
    page = house.signed_in(house.person("ann", house.acme, "auditor")).get(URL)
    text = page.content.decode()
    counts = {one.filter: dict(one.values) for one in page.context["counts"]}
    assert counts["guardrail"] == {"<b>secrets</b>": 3, "not named": 1}
    assert counts["verdict"] == {"block": 3, "flag": 1}
    assert counts["model"] == {"large": 3, "small": 1}
    assert (page.context["judged"], page.context["false_alarms"]) == (1, 1)
    assert "&lt;b&gt;secrets" in text and "<b>secrets" not in text and "theirs" not in text


def test_a_wrong_period_is_named_and_other_roles_stay_out(house: House) -> None:
    ann = house.signed_in(house.person("ann", house.acme, "auditor"))
    assert "Choose one of" in ann.get(f"{URL}?range=ever").content.decode()
    for role in ("developer", "administrator", "billing_viewer"):
        assert house.signed_in(house.person(role, house.acme, role)).get(URL).status_code == 403
