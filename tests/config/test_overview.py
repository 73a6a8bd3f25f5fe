"""The page an administrator sees first."""

import datetime as dt

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from uuid_utils.compat import uuid7

from accounts.models import Membership, Organisation, User
from audit.models import AuditEvent
from config.dashboard.figures import COMPLETED

pytestmark = pytest.mark.django_db(databases="__all__")

FIGURES = "/admin/overview/figures/"


def called(organisation_id: str = "", model: str = "demo") -> None:
    """A call that was answered just now."""
    now = dt.datetime.now(dt.UTC)
    AuditEvent.objects.create(
        id=uuid7(), leaf_index=AuditEvent.objects.count(), occurred_at=now, ingested_at=now, category="proxy",
        type=COMPLETED, outcome="success", actor_type="api_key", organisation_id=organisation_id, model_requested=model,
        raw=b"", leaf_hash=b"",
    )  # fmt: skip


def staff(client: Client, *organisations: Organisation) -> None:
    """Sign in as a developer of `organisations`, who may change nothing."""
    user = User.objects.create_user("alice", password="correct horse battery")
    for organisation in organisations:
        Membership.objects.create(user=user, organisation=organisation)
    client.force_login(user)


def test_a_fresh_install_says_what_to_do_next(admin_client: Client) -> None:
    page = admin_client.get("/admin/").content.decode()
    assert "What to do next" in page and "0 of 4 done" in page
    assert "curl http://testserver/v1/chat/completions" in page
    assert "/admin/llmproxy/provider/add/" in page and "/admin/accounts/apikey/add/" in page
    assert "No calls in this window" in page


def test_the_first_call_is_ticked_off(admin_client: Client) -> None:
    called()
    page = admin_client.get("/admin/").content.decode()
    assert "1 of 4 done" in page and "curl " not in page and "No calls in this window" not in page


def test_who_may_add_nothing_is_not_told_to(client: Client) -> None:
    staff(client, Organisation.objects.create(name="ours", slug="ours"))
    page = client.get("/admin/").content.decode()
    assert "Make a first call" in page and "/add/" not in page


def test_the_figures_are_for_people_who_are_signed_in(client: Client) -> None:
    assert client.get(FIGURES).headers["location"].startswith("/admin/login/")


def test_the_figures_alone_are_a_fragment(admin_client: Client) -> None:
    called()
    response = admin_client.get(FIGURES, {"window": "24h"})
    assert response.status_code == 200 and "no-store" in response["cache-control"]
    assert "Last 24 hours" in response.content.decode() and "<html" not in response.content.decode()


@pytest.mark.parametrize("window", ["", "nonsense", "1h\x00", "' OR 1=1 --"])
def test_a_strange_window_is_the_last_hour(admin_client: Client, window: str) -> None:
    assert "Last hour" in admin_client.get(FIGURES, {"window": window}).content.decode()


def test_nobody_sees_another_tenants_traffic(client: Client) -> None:
    ours, theirs = (Organisation.objects.create(name=name, slug=name) for name in ("ours", "theirs"))
    called(str(theirs.pk), model="their-secret-model")
    called(str(ours.pk), model="our-model")
    staff(client, ours)
    page = client.get(FIGURES).content.decode()
    assert "our-model" in page and "their-secret-model" not in page


def test_what_a_caller_sent_is_never_markup(admin_client: Client) -> None:
    called(model="<img src=x onerror=alert(1)>{{7*7}}")
    page = admin_client.get(FIGURES).content.decode()
    assert "<img" not in page and "{{7*7}}" in page


def test_the_page_asks_few_questions(
    admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(20):
        called()
    with django_assert_max_num_queries(26):
        admin_client.get("/admin/")


def test_the_page_has_no_inline_script(admin_client: Client) -> None:
    page = admin_client.get("/admin/").content.decode()
    assert "<script>" not in page and "onclick" not in page and "http://cdn" not in page and "https://" not in page
