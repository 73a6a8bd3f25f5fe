"""Who changes what is recorded: never one person alone, and the log knows before it holds."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.changes import ChangeWatcher
from accounts.models import ChangeEvent, Membership, User
from audit.actions.change_policy import decide_policy, propose_policy
from audit.actions.errors import NotNow
from audit.apps import AuditConfig
from audit.models import AuditPolicy, OutboxRecord
from audit.tree.levels import Level
from tests.audit.review.conftest import House

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
CONTENT: dict[str, Any] = {"rules": [{"level": "request_and_answer"}], "fail_modes": {}, "largest_kib": 64}


@pytest.fixture
def people(house: House) -> dict[str, User]:
    roles = {"owen": "owner", "adam": "administrator", "ann": "auditor", "cleo": "compliance_officer",
             "lea": "review_lead"}  # fmt: skip
    found = {name: house.person(name, house.acme, role) for name, role in roles.items()}
    found["root"] = User.objects.create_superuser("root")
    found["eve"] = house.person("eve", house.other, "compliance_officer")
    return found


def proposed(user: User, organisation_id: str, **more: Any) -> AuditPolicy:
    return propose_policy(user, organisation_id, {**CONTENT, **more}, None, "inspection of the model")


def steps() -> list[dict[str, Any]]:
    return [json.loads(bytes(row.raw)) for row in OutboxRecord.objects.order_by("pk")]


def test_a_proposal_changes_nothing_until_a_second_person_approves(house: House, people: dict[str, User]) -> None:
    organisation, policy = str(house.acme.pk), AuditConfig.current().policy
    watcher = ChangeWatcher()
    watcher.subscribe(AuditConfig.current().take_in)
    row = proposed(people["owen"], organisation)
    watcher.poll()
    assert policy.decide(organisation, "", "", "x").level is Level.METADATA
    row = decide_policy(row.pk, people["cleo"], approve=True, note="")
    assert row.valid_from >= timezone.now() + timedelta(seconds=5)
    assert ChangeEvent.objects.filter(kind="audit_policy").exists()
    watcher.poll()
    assert policy.decide(organisation, "", "", "x").level is Level.METADATA  # its time has not come
    AuditPolicy.objects.update(valid_from=timezone.now())
    watcher = ChangeWatcher()
    watcher.subscribe(AuditConfig.current().take_in)
    watcher.poll()
    assert policy.decide(organisation, "", "", "x").level is Level.EVERYTHING


def test_each_step_is_on_record_with_what_was_before(house: House, people: dict[str, User]) -> None:
    organisation = str(house.acme.pk)
    decide_policy(proposed(people["owen"], organisation).pk, people["cleo"], approve=True, note="")
    second = proposed(people["cleo"], organisation, rules=[])
    decide_policy(second.pk, people["lea"], approve=True, note="agreed")
    assert [step["type"] for step in steps()] == ["audit.policy.proposed", "audit.policy.changed"] * 2
    last = steps()[-1]
    assert last["attrs"]["before"]["rules"] == CONTENT["rules"]
    assert (last["attrs"]["rules"], last["policy_version"]) == ([], f"{organisation}/2")
    assert last["organisation_id"] == organisation


@pytest.mark.parametrize("name", ["adam", "ann", "lea", "eve"])
def test_who_has_no_role_for_it_proposes_nothing(house: House, people: dict[str, User], name: str) -> None:
    with pytest.raises(NotNow):
        proposed(people[name], str(house.acme.pk))
    assert not AuditPolicy.objects.exists()


@pytest.mark.parametrize("name", ["owen", "adam", "ann", "eve", "root"])
def test_nobody_but_a_compliance_role_of_the_organisation_decides(
    house: House, people: dict[str, User], name: str
) -> None:
    row = proposed(people["owen"], str(house.acme.pk))
    with pytest.raises(NotNow):
        decide_policy(row.pk, people[name], approve=True, note="")


def test_nobody_approves_his_own(house: House, people: dict[str, User]) -> None:
    row = proposed(people["cleo"], str(house.acme.pk))
    with pytest.raises(NotNow):
        decide_policy(row.pk, people["cleo"], approve=True, note="")


def test_what_concerns_everybody_is_approved_by_who_holds_the_role_everywhere(
    house: House, people: dict[str, User]
) -> None:
    row = proposed(people["root"], "")
    with pytest.raises(NotNow):
        decide_policy(row.pk, people["cleo"], approve=True, note="")
    Membership.objects.create(user=people["cleo"], organisation=house.other, role="compliance_officer")
    decide_policy(row.pk, User.objects.get(username="cleo"), approve=True, note="")


def test_a_denial_says_why_and_what_is_decided_stays_decided(house: House, people: dict[str, User]) -> None:
    row = proposed(people["owen"], str(house.acme.pk))
    with pytest.raises(NotNow, match="why"):
        decide_policy(row.pk, people["cleo"], approve=False, note=" ")
    decide_policy(row.pk, people["cleo"], approve=False, note="too much")
    with pytest.raises(NotNow, match="already"):
        decide_policy(row.pk, people["lea"], approve=True, note="")
    assert [step["type"] for step in steps()][-1] == "audit.policy.denied"


@pytest.mark.parametrize(
    "content",
    [{"rules": [{"level": "all"}]}, {"rules": [{"level": "none", "organisation": "x"}]}, {"largest_kib": 0},
     {"fail_modes": {"auth": "open"}}, {"fail_modes": {"proxy": "ajar"}}],
)  # fmt: skip
def test_what_is_no_policy_is_refused(house: House, people: dict[str, User], content: dict[str, Any]) -> None:
    with pytest.raises(NotNow):
        proposed(people["owen"], str(house.acme.pk), **content)
    assert steps() == []
