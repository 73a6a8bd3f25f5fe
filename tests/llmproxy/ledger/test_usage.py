"""Usage, statements and dry runs: sums over the ledger, of one's own organisation only."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, Membership, Organisation, Role, Team, User
from llmproxy import urls
from llmproxy.budgets.standing import standings
from llmproxy.endpoints import ENDPOINTS
from llmproxy.ledger import dry_run
from llmproxy.ledger.statement import as_csv, statement
from llmproxy.models import Budget, BudgetPeriod, LedgerEntry, Limit
from llmproxy.views.completing import CompletingViewSet
from tests.gateway_world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(transactional_db: None) -> World:
    return World.build()


def entry(organisation: Organisation, **values: Any) -> LedgerEntry:
    at = values.pop("at", timezone.now() - timedelta(hours=1))
    usual = {"model": "public", "outcome": "success", "tokens_in": 10, "tokens_out": 5, "cost_nano": 1_000}
    ended = values.pop("ended_at", at + timedelta(seconds=1))
    return LedgerEntry.objects.create(
        id=uuid.uuid4(), organisation=organisation, at=at, ended_at=ended, **{**usual, **values}
    )


def browser(role: str, organisation: Organisation) -> Client:
    person = User.objects.create_user(f"{role}-{organisation.slug}")
    Membership.objects.create(user=person, organisation=organisation, role=role)
    client = Client()
    client.force_login(person, "django.contrib.auth.backends.ModelBackend")
    return client


def test_usage_is_summed_by_any_dimension_a_page_at_a_time(world: World) -> None:
    for number in range(5):
        entry(world.organisation, model=f"m{number % 3}", end_user="ann" if number else "")
    entry(world.organisation, model="m0", cost_nano=None, saved_nano=5_000)
    entry(world.elsewhere, model="theirs")
    client = browser(Role.BILLING_VIEWER, world.organisation)
    page = client.get("/api/v1/usage?group_by=model&limit=2").json()
    assert [Decimal(row["saved"]) for row in page["items"]] == [Decimal("0.000005"), 0]
    assert [(row["group"]["model"], row["calls"], row["unpriced"]) for row in page["items"]] == [
        ("m0", 3, 1), ("m1", 2, 0),
    ]  # fmt: skip
    assert page["items"][0]["cost"] == "0.000002"
    rest = client.get(f"/api/v1/usage?group_by=model&limit=2&cursor={page['next_cursor']}").json()
    assert [row["group"]["model"] for row in rest["items"]] == ["m2"] and rest["next_cursor"] is None
    by_day = client.get("/api/v1/usage?group_by=day,model&model=m1").json()["items"]
    assert [(row["calls"], row["tokens_in"]) for row in by_day] == [(2, 20)]
    everything = client.get("/api/v1/usage").json()["items"]
    assert [row["calls"] for row in everything] == [6]


@pytest.mark.parametrize(
    "query",
    ["group_by=nothing", "group_by=model,model", "limit=0", "limit=x", "since=yesterday", "cursor=xx", "color=red",
     "since=2026-11-01T00:00:00", "group_by=day&cursor=WyJ4Il0="],
)  # fmt: skip
def test_questions_that_are_none_are_refused(world: World, query: str) -> None:
    answer = browser(Role.BILLING_VIEWER, world.organisation).get(f"/api/v1/usage?{query}")
    assert answer.status_code == 400


def test_the_stranger_and_the_developer_see_no_money(world: World) -> None:
    mine = entry(world.organisation)
    stranger = browser(Role.BILLING_VIEWER, world.elsewhere)
    assert stranger.get(f"/api/v1/ledger/{mine.pk}").status_code == 404
    assert stranger.get("/api/v1/usage").json()["items"][0]["calls"] == 0
    query = f"organisation={world.organisation.pk}"
    assert stranger.get(f"/api/v1/statements/2026-11?{query}").status_code == 404
    assert stranger.get(f"/admin/llmproxy/ledgerentry/statements/?{query}").status_code == 404
    developer = browser(Role.DEVELOPER, world.organisation)
    for path in ("usage", "ledger", "budgets", "statements/2026-11"):
        assert developer.get(f"/api/v1/{path}").status_code == 403, path


def test_a_statement_in_every_format_and_no_cell_is_a_formula(world: World) -> None:
    at = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
    entry(world.organisation, at=at, cost_centre="=1+1", team_id=str(world.team.pk), cost_nano=2_500_000_000)
    entry(world.organisation, at=at, cost_nano=None)
    entry(world.organisation, at=at + timedelta(minutes=2))
    made = statement(world.organisation, "2026-11")
    assert (made.total, made.unpriced) == (Decimal("2.5"), 1)
    text = as_csv(made).decode()
    assert "'=1+1,Builders,public,1,10,5,2.500000,0" in text
    client = browser(Role.BILLING_VIEWER, world.organisation)
    assert client.get("/api/v1/statements/2026-11").json()["total"] == "2.500000000"
    pdf = client.get("/api/v1/statements/2026-11?as=pdf")
    assert pdf["content-type"] == "application/pdf" and pdf.content.startswith(b"%PDF")
    page = client.get("/admin/llmproxy/ledgerentry/statements/?month=2026-11").content.decode()
    assert "2.50" in page and "Builders" in page
    assert client.get("/admin/llmproxy/ledgerentry/statements/?month=2026-11&as=pdf").content.startswith(b"%PDF")
    for bad in ("2026-13", "x", "2026"):
        assert client.get(f"/api/v1/statements/{bad}").status_code == 400


def test_a_dry_run_says_what_a_limit_would_have_done(world: World) -> None:
    now = timezone.now()
    for second in range(10):
        entry(world.organisation, at=now - timedelta(minutes=5) + timedelta(seconds=second), key_id=f"k{second % 2}")
    together = Limit(organisation=world.organisation, name="x", unit="requests", window="minute", amount=4)
    verdict = dry_run.of_limit(together.frozen(), together.where())
    assert (verdict.calls, verdict.refused) == (10, 6)
    each = Limit(organisation=world.organisation, name="x", unit="requests", window="minute", amount=4, per=["key"])
    verdict = dry_run.of_limit(each.frozen(), each.where())
    assert (verdict.refused, verdict.subjects) == (2, [("key=k0", 1), ("key=k1", 1)])
    tokens = Limit(organisation=world.organisation, name="x", unit="tokens", window="minute", amount=30)
    assert dry_run.of_limit(tokens.frozen(), tokens.where()).refused == 8
    places = Limit(organisation=world.organisation, name="x", unit="parallel", window="", amount=1)
    assert dry_run.of_limit(places.frozen(), places.where()).refused == 0


def test_a_dry_run_says_what_a_budget_would_have_done(world: World) -> None:
    for minute in range(4):
        entry(world.organisation, at=timezone.now() - timedelta(minutes=10 - minute), cost_nano=400_000_000)
    budget = Budget(organisation=world.organisation, name="x", amount=1, window="rolling_day")
    verdict = dry_run.of_budget(budget.frozen(), budget.where())
    assert (verdict.calls, verdict.refused) == (4, 2)
    soft = Budget(organisation=world.organisation, name="x", amount=1, window="rolling_day", hard=False)
    assert dry_run.of_budget(soft.frozen(), soft.where()).refused == 0


def test_the_api_and_the_form_try_without_saving(world: World) -> None:
    entry(world.organisation)
    client = browser(Role.OWNER, world.organisation)
    body = {"name": "calls", "unit": "requests", "window": "minute", "amount": 1}
    tried = client.post("/api/v1/limits/dry_run", body, content_type="application/json")
    assert tried.status_code == 200 and tried.json()["calls"] == 1
    Limit.objects.create(organisation=world.organisation, **body)  # a change of it is tried under its name
    assert client.post("/api/v1/limits/dry_run", body, content_type="application/json").status_code == 200
    assert client.post("/api/v1/limits", body, content_type="application/json").status_code == 400
    Limit.objects.all().delete()
    form = {
        "name": "month", "amount": "0.0000001", "window": "month", "hard": "on", "unknown_price": "refuse",
        "organisation": str(world.organisation.pk), "thresholds": "[50]", "alert_mails": "", "enabled": "on",
        "llmproxy_budget_try_it": "1",
    }  # fmt: skip
    page = client.post("/admin/llmproxy/budget/add/", form).content.decode()
    assert "Nothing was saved" in page and "it would have refused 1" in page
    assert not Limit.objects.exists() and not Budget.objects.exists()
    del form["llmproxy_budget_try_it"]
    assert client.post("/admin/llmproxy/budget/add/", form).status_code == 302
    assert Budget.objects.get().organisation == world.organisation


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [("limits", {"amount": 0}), ("limits", {"amount": -1}), ("limits", {"window": ""}), ("limits", {"per": ["x"]}),
     ("limits", {"amount": 10**15}), ("limits", {"unit": "bytes"}), ("budgets", {"amount": "-1"}),
     ("budgets", {"thresholds": [0]}), ("budgets", {"alert_mails": ["no"]}), ("budgets", {"window": "year"}),
     ("budgets", {"default_output": 10**12}), ("budgets", {"default_output": -1}),
     ("budgets", {"alert_url": "https://hook.example"}), ("limits", {"amount": 1.5}), ("limits", {"amount": "many"}),
     ("limits", {"endpoint": "chat/completion"}), ("budgets", {"endpoint": "/v1/messages"})],
)  # fmt: skip
def test_rules_that_make_no_sense_are_refused_at_once(world: World, kind: str, wrong: dict[str, Any]) -> None:
    client = browser(Role.OWNER, world.organisation)
    usual = {"name": "x", "amount": 5, **({"unit": "requests", "window": "minute"} if kind == "limits" else {})}
    answer = client.post(f"/api/v1/{kind}", {**usual, **wrong}, content_type="application/json")
    assert answer.status_code == 400, answer.content
    assert client.post(f"/api/v1/{kind}", usual, content_type="application/json").status_code == 201


def test_rules_that_no_call_could_fall_under_are_refused(world: World) -> None:
    client = browser(Role.OWNER, world.organisation)
    key = ApiKey.objects.get(organisation=world.organisation)
    other = Team.objects.create(organisation=world.organisation, name="Others")
    usual = {"name": "x", "amount": 5, "window": "month"}
    for field, contradiction in (
        ("api_key", {"team": str(other.pk), "api_key": str(key.pk)}),
        ("api_key", {"api_key": str(key.pk), "user": str(world.bob.pk)}),
        ("user", {"team": str(other.pk), "user": str(world.bob.pk)}),
    ):
        answer = client.post("/api/v1/budgets", {**usual, **contradiction}, content_type="application/json")
        assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (400, [field])
    right = {**usual, "team": str(world.team.pk), "api_key": str(key.pk), "endpoint": "chat/completions"}
    assert client.post("/api/v1/budgets", right, content_type="application/json").status_code == 201


def test_every_endpoint_can_be_named_in_a_rule() -> None:
    assert urls.urlpatterns, "all views are loaded"
    named = {view.endpoint for view in _below(CompletingViewSet) if getattr(view, "endpoint", "")}
    assert named == set(ENDPOINTS)


def _below(view: type[Any]) -> Iterator[type[Any]]:
    for one in view.__subclasses__():
        yield one
        yield from _below(one)


def test_an_increase_needs_a_second_person_and_shows_in_the_standing(world: World) -> None:
    owner, other = browser(Role.OWNER, world.organisation), browser(Role.ADMINISTRATOR, world.organisation)
    viewer = browser(Role.BILLING_VIEWER, world.organisation)
    budget = Budget.objects.create(organisation=world.organisation, name="month", amount=10)
    ends = (timezone.now() + timedelta(days=1)).isoformat()
    body = {"budget": str(budget.pk), "amount": "5", "ends_at": ends, "reason": "launch week"}
    asked = owner.post("/api/v1/budget-increases", body, content_type="application/json")
    assert asked.status_code == 201
    one = f"/api/v1/budget-increases/{asked.json()['id']}"
    assert owner.post(f"{one}/approve").status_code == 409
    assert viewer.post(f"{one}/approve").status_code == 403
    assert browser(Role.OWNER, world.elsewhere).post(f"{one}/approve").status_code == 404
    assert other.post(f"{one}/approve").json()["state"] == "approved"
    assert other.post(f"{one}/deny").status_code == 409
    standing = viewer.get(f"/api/v1/budgets/{budget.pk}/standing").json()
    assert (standing[0]["limit"], standing[0]["left"]) == ("15", "15")
    late = {**body, "ends_at": (timezone.now() - timedelta(days=1)).isoformat()}
    assert owner.post("/api/v1/budget-increases", late, content_type="application/json").status_code == 400


def test_a_rolling_budget_frees_as_much_as_is_spent_so_its_forecast_ends_with_a_whole_window(world: World) -> None:
    made = Budget.objects.create(organisation=world.organisation, name="r", amount=10, window="rolling_day")
    now = datetime(2026, 11, 28, 12, tzinfo=UTC)
    Budget.objects.filter(pk=made.pk).update(created_at=now - timedelta(hours=6))
    made.refresh_from_db()
    period = BudgetPeriod.objects.create(budget=made, bucket=int(now.timestamp()) - 7200, spent_nano=2 * 10**9)
    (one,) = standings(made, now)
    assert (one.forecast, one.used_up_at) == (8 * 10**9, None), "two dollars in six hours: eight in a day"
    BudgetPeriod.objects.filter(pk=period.pk).update(spent_nano=5 * 10**9)
    (one,) = standings(made, now)
    assert (one.forecast, one.used_up_at) == (20 * 10**9, now + timedelta(hours=6))
    Budget.objects.filter(pk=made.pk).update(created_at=now - timedelta(days=9))
    made.refresh_from_db()
    (one,) = standings(made, now)
    assert (one.forecast, one.used_up_at) == (5 * 10**9, None), "as much is freed as is spent"


def test_increases_are_decided_in_the_admin(world: World) -> None:
    owner, other = browser(Role.OWNER, world.organisation), browser(Role.ADMINISTRATOR, world.organisation)
    budget = Budget.objects.create(organisation=world.organisation, name="month", amount=10)
    day = timezone.now() + timedelta(days=2)
    form = {
        "budget": str(budget.pk), "amount": "5", "reason": "launch week", "ends_at_0": f"{day:%Y-%m-%d}",
        "ends_at_1": "12:00:00",
    }  # fmt: skip
    assert owner.post("/admin/llmproxy/budgetincrease/add/", form).status_code == 302
    increase = budget.increases.get()
    act = {"action": "approve", "_selected_action": [str(increase.pk)]}
    owner.post("/admin/llmproxy/budgetincrease/", act)
    increase.refresh_from_db()
    assert increase.state == "requested"
    other.post("/admin/llmproxy/budgetincrease/", act)
    increase.refresh_from_db()
    assert (increase.state, budget.limit_nano()) == ("approved", 15 * 10**9)
