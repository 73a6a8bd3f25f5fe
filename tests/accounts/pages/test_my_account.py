"""“My account”: keys, sessions and usage of one's own, for every person, and never anybody else's."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, BrowserSession, Membership, RefreshFamily, User
from accounts.session_store import digest_of
from audit.models import RollUp
from tests.accounts.conftest import Evidence
from tests.gateway_world import PASSWORD, World

pytestmark = pytest.mark.django_db(databases=["default", "audit"])
BACKEND = "django.contrib.auth.backends.ModelBackend"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
MINE = ("/admin/my/", "/admin/my/keys/", "/admin/my/sessions/", "/admin/my/usage/", "/admin/my/second-factor/")


def browser(name: str = "bob", agent: str = FIREFOX) -> Client:
    """Signed in with a password, and at the first page."""
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR="192.0.2.7")
    client.post("/admin/login/", {"username": name, "password": PASSWORD})
    assert client.get("/admin/my/").status_code == 200
    return client


def token(name: str = "bob", audience: str = "gateway") -> Any:
    body = {"username": name, "password": PASSWORD, "audience": audience}
    answer = Client().post("/api/token/", body, content_type="application/json", headers={"user-agent": "curl/8"})
    return answer.json()


def test_everybody_who_is_signed_in_has_these_pages_with_a_role_or_without(people: World) -> None:
    User.objects.create_user("nobody", password=PASSWORD)
    for name in ("nobody", "bob", "alice"):
        client = browser(name)
        for path in MINE:
            assert client.get(path).status_code == 200, (name, path)
    for path in MINE:
        assert Client().get(path)["Location"].startswith("/admin/login/")


def test_who_has_no_role_is_led_to_his_own_pages_and_finds_no_others(people: World) -> None:
    User.objects.create_user("nobody", password=PASSWORD)
    client = browser("nobody")
    assert client.get("/admin/login/")["Location"] == "/admin/my/"
    menu = client.get("/admin/my/").content
    assert b"My account" in menu and b"/admin/accounts/" not in menu and b">Overview<" not in menu
    assert b"ask to be invited" in client.get("/admin/my/keys/").content


def test_a_key_is_made_narrower_shown_once_rotated_and_revoked(people: World, evidence: Evidence) -> None:
    client = browser()
    form = {
        "name": "editor", "organisation": str(people.organisation.pk), "days": "7", "scopes": ["models:invoke"],
        "models_allowed": "small\nvectors", "allowed_ips": "10.0.0.0/8",
    }  # fmt: skip
    shown = client.post("/admin/my/keys/", form)
    key = ApiKey.objects.get(name="editor")
    assert b"gth_live_" in shown.content and "no-store" in shown["Cache-Control"]
    assert (key.created_by, key.team, key.models_allowed) == (people.bob, people.team, ["small", "vectors"])
    assert timedelta(days=6) < key.expires_at - timezone.now() < timedelta(days=8)
    assert shown.context["secrets"]["API key"] not in client.get("/admin/my/keys/").content.decode()
    assert b"gth_live_" in client.post(f"/admin/my/keys/{key.pk}/rotate/").content
    client.post(f"/admin/my/keys/{key.pk}/revoke/")
    key.refresh_from_db()
    assert key.state == "revoked" and b"key.revoked" in evidence()


def test_a_form_that_asks_for_more_than_there_is_is_refused_in_words(people: World) -> None:
    client = browser()
    good = {"name": "x", "organisation": str(people.organisation.pk), "days": "7", "scopes": ["models:invoke"]}
    for changed in (
        {"organisation": str(people.elsewhere.pk)}, {"days": "9999"}, {"scopes": ["management"]}, {"scopes": []},
        {"allowed_ips": "nowhere"}, {"name": ""},
    ):  # fmt: skip
        answer = client.post("/admin/my/keys/", {**good, **changed})
        assert answer.status_code == 200 and answer.context["form"].errors, changed
    assert not ApiKey.objects.filter(created_by=people.bob).exists()


def test_a_key_is_made_only_by_who_has_just_proved_who_he_is(people: World) -> None:
    client = browser()
    form = {"name": "x", "organisation": str(people.organisation.pk), "days": "7", "scopes": ["models:invoke"]}
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=True):
        asked = client.post("/admin/my/keys/", form)
        assert b"Confirm that it is you" in asked.content and not ApiKey.objects.filter(name="x").exists()
        done = client.post("/admin/my/keys/", {**form, "step_up-password": PASSWORD})
        assert b"gth_live_" in done.content and ApiKey.objects.filter(name="x").exists()


def test_another_ones_keys_and_sessions_are_not_there(people: World) -> None:
    alice, bob = browser("alice"), browser("bob")
    key = ApiKey.objects.get(name="app")
    for path in (f"/admin/my/keys/{key.pk}/rotate/", f"/admin/my/keys/{key.pk}/revoke/"):
        assert bob.post(path).status_code == 404
    hers = BrowserSession.objects.get(user=people.alice)
    assert bob.post(f"/admin/my/sessions/browser/{hers.pk}/").status_code == 404
    token("alice")
    family = RefreshFamily.objects.get(user=people.alice)
    assert bob.post(f"/admin/my/sessions/tool/{family.pk}/").status_code == 404
    assert alice.get("/admin/my/").status_code == 200
    assert b"alice" not in bob.get("/admin/my/sessions/").content


def test_sessions_are_listed_with_device_address_and_use_and_end_one_by_one(people: World, evidence: Evidence) -> None:
    here, there = browser(), browser(agent="Mozilla/5.0 (iPhone; CPU) Version/18 Safari/604.1")
    refresh = token()["refresh"]
    page = here.get("/admin/my/sessions/")
    assert [row.device for row in page.context["sessions"]] != []
    text = page.content.decode()
    assert all(said in text for said in ("Firefox on Linux", "Safari on iPhone", "curl", "192.0.2.7", "this browser"))
    other = next(row for row in page.context["sessions"] if row.kind == "browser" and not row.here)
    here.post(f"/admin/my/sessions/browser/{other.pk}/")
    assert there.get("/admin/my/").status_code == 302 and here.get("/admin/my/").status_code == 200
    family = RefreshFamily.objects.get()
    here.post(f"/admin/my/sessions/tool/{family.pk}/")
    renewed = Client().post("/api/token/refresh/", {"refresh": refresh}, content_type="application/json")
    assert renewed.status_code == 401 and b"auth.session.revoked" in evidence()


def test_all_others_end_and_this_one_goes_on(people: World) -> None:
    here, there = browser(), browser()
    token()
    here.post("/admin/my/sessions/others/")
    assert here.get("/admin/my/").status_code == 200 and there.get("/admin/my/").status_code == 302
    assert RefreshFamily.objects.living().count() == 0
    assert len(here.get("/admin/my/sessions/").context["sessions"]) == 1


def test_all_end_with_this_one(people: World) -> None:
    here, there = browser(), browser()
    assert here.post("/admin/my/sessions/all/")["Location"] == "/admin/login/"
    assert here.get("/admin/my/").status_code == there.get("/admin/my/").status_code == 302


def test_the_table_of_sessions_signs_nobody_in(people: World) -> None:
    client = browser()
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    row = BrowserSession.objects.get()
    assert row.pk == digest_of(cookie) and cookie not in str(BrowserSession.objects.values())
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = row.pk
    assert thief.get("/admin/my/").status_code == 302


def test_a_session_ends_unused_and_at_last_in_any_case(people: World, evidence: Evidence) -> None:
    idle, busy = browser(), browser()
    start = timezone.now()
    for minutes in range(50, 12 * 60, 50):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            assert busy.get("/admin/my/").status_code == 200, minutes
    with time_machine.travel(start + timedelta(minutes=62), tick=False):
        assert idle.get("/admin/my/").status_code == 302
    with time_machine.travel(start + timedelta(hours=12, minutes=1), tick=False):
        assert busy.get("/admin/my/").status_code == 302
    assert b'"because":"idle"' in evidence()


def test_a_page_that_looks_by_itself_keeps_no_session_alive(people: World) -> None:
    client, start = browser("alice"), timezone.now()
    with time_machine.travel(start + timedelta(minutes=50), tick=False):
        client.get("/admin/my/", headers={"x-requested-with": "XMLHttpRequest"})
    with time_machine.travel(start + timedelta(minutes=62), tick=False):
        assert client.get("/admin/my/").status_code == 302


def used(actor: str = "", key: str = "", organisation: str = "", **more: Any) -> None:
    start = timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    row = {"width": 86_400, "start": start, "type": "proxy.request.completed", "model": "demo", "events": 2,
           "tokens_in": 10, "tokens_out": 5, "cost_nano": 1_500_000_000, "priced": 2, **more}  # fmt: skip
    RollUp.objects.using(settings.AUDIT_DB_ALIAS).create(
        id=uuid4(), actor_id=actor, key_id=key, organisation_id=organisation, **row
    )


def test_usage_counts_my_tokens_and_my_keys_and_nothing_of_others(people: World) -> None:
    mine = str(people.organisation.pk)
    key = ApiKey.objects.get(name="app")
    ApiKey.objects.filter(pk=key.pk).update(created_by=people.bob)
    used(people.bob.subject, organisation=mine)
    used(key=str(key.pk), organisation=mine, model="small", priced=1)
    used(people.alice.subject, organisation=mine)
    used(people.bob.subject, organisation=str(people.elsewhere.pk))
    used(people.bob.subject, organisation=mine, start=datetime(2020, 1, 1, tzinfo=UTC))
    used(people.bob.subject, organisation=mine, width=3600)
    page = browser().get("/admin/my/usage/?days=7")
    total = page.context["usage"].total
    assert (total.calls, total.tokens_in, total.tokens_out, total.cost, total.unpriced) == (4, 20, 10, 3.0, 1)
    assert {line.name for line in page.context["usage"].models} == {"demo", "small"}
    assert browser().get("/admin/my/usage/?days=<script>").status_code == 200


def test_the_api_says_the_same(people: World) -> None:
    used(people.bob.subject, organisation=str(people.organisation.pk))
    token()
    bearer = {"authorization": f"Bearer {token(audience='management')['access']}"}
    from accounts.apps import AccountsConfig

    AccountsConfig.current().identity.load()
    client = Client(headers=bearer)
    assert client.get("/api/v1/my/usage?days=7").json()["total"]["calls"] == 2
    for days in ("0", "367", "x", "-1"):
        assert client.get(f"/api/v1/my/usage?days={days}").status_code == 400
    rows = client.get("/api/v1/my/sessions").json()
    assert {row["kind"] for row in rows} == {"tool"} and len(rows) == 2
    assert client.delete(f"/api/v1/my/sessions/{rows[-1]['id']}").status_code == 204
    assert client.delete("/api/v1/my/sessions/x").status_code == 404
    assert client.delete(f"/api/v1/my/sessions/{uuid4()}").status_code == 404
    assert client.post("/api/v1/my/sessions/end_all").status_code == 204
    assert RefreshFamily.objects.living().count() == 0


def test_administrators_end_sessions_of_their_people_only(people: World) -> None:
    token("bob")
    token("charlie")
    alice = browser("alice")
    page = alice.get(f"/admin/accounts/user/{people.bob.pk}/sessions/")
    assert page.status_code == 200 and [row.kind for row in page.context["sessions"]] == ["tool"]
    assert alice.get(f"/admin/accounts/user/{people.charlie.pk}/sessions/").status_code == 404
    assert browser("bob").get(f"/admin/accounts/user/{people.bob.pk}/sessions/").status_code in (302, 403, 404)
    family = RefreshFamily.objects.get(user=people.bob)
    other = RefreshFamily.objects.get(user=people.charlie)
    path = f"/admin/accounts/user/{people.bob.pk}/sessions/"
    assert alice.post(path, {"kind": "tool", "end": str(other.pk)}).status_code == 404
    assert alice.post(path, {"kind": "tool", "end": str(family.pk)}).status_code == 302
    assert RefreshFamily.objects.get(user=people.bob).revoked_because == "ended_by_administrator"


def test_who_runs_the_installation_ends_browsers_too_and_all_at_once(people: World) -> None:
    bob, again = browser("bob"), browser("bob")
    User.objects.filter(pk=people.alice.pk).update(is_superuser=True)
    root, path = browser("alice"), f"/admin/accounts/user/{people.bob.pk}/sessions/"
    rows = root.get(path).context["sessions"]
    root.post(path, {"kind": "browser", "end": rows[0].pk})
    assert [client.get("/admin/my/").status_code for client in (bob, again)].count(302) == 1
    root.post(path, {"all": "1"})
    assert bob.get("/admin/my/").status_code == again.get("/admin/my/").status_code == 302
    assert Membership.objects.filter(user=people.bob).exists()


def test_behind_a_trusted_proxy_the_callers_address_counts(people: World, settings: Any) -> None:
    settings.GATEHOUSE_TRUSTED_PROXIES = ["10.0.0.1"]
    for peer, shown in (("10.0.0.1", "203.0.113.9"), ("10.0.0.2", "10.0.0.2")):
        client = Client(REMOTE_ADDR=peer, headers={"x-forwarded-for": "1.2.3.4, 203.0.113.9"})
        client.post("/admin/login/", {"username": "bob", "password": PASSWORD})
        client.get("/admin/my/")
        assert BrowserSession.objects.order_by("-last_used_at")[0].address == shown
