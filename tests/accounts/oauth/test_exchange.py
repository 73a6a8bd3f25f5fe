"""Token exchange (RFC 8693, SECURITY O14, 5.8): narrower in everything, wider in nothing, ended with its subject."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.actions import (
    create_api_key,
    create_service_account,
    end_sessions,
    end_tokens,
    renew,
    revoke_api_key,
    rotate_api_key,
    set_person_active,
    suspend_organisation,
)
from accounts.actions.create_service_account import CreatedAccount
from accounts.apps import AccountsConfig
from accounts.identity.standing import Standing
from accounts.identity.verified import principal_of_token, verified_token
from accounts.models import ApiKey, Membership, RefreshFamily, ServiceAccount
from accounts.oauth import exchange_form
from accounts.principal import Principal
from accounts.ring import gateway_verifier
from accounts.tokens.errors import TokenRefused
from accounts.tokens.keys import SigningKeyPair
from tests.accounts.conftest import Evidence
from tests.accounts.oauth import asking
from tests.accounts.views.test_token import claims_of, signed_in
from tests.asgi_client import AsgiClient
from tests.gateway_world import World

KEY_TYPE, TOKEN_TYPE = exchange_form.API_KEY, exchange_form.ACCESS_TOKEN


def exchange(token: str, program: CreatedAccount | None = None, **more: Any) -> Any:
    """The answer to an exchange."""
    kind = KEY_TYPE if token.startswith("gth_live_") else TOKEN_TYPE
    form = {"grant_type": exchange_form.GRANT, "subject_token": token, "subject_token_type": kind, **more}
    return asking.post("/oauth/token", form, None if program is None else asking.of(program))


def exchanged(token: str, program: CreatedAccount | None = None, **more: Any) -> str:
    """The new token."""
    answer = exchange(token, program, **more)
    assert answer.status_code == 200, answer.content
    return str(answer.json()["access_token"])


def token_of(program: CreatedAccount) -> str:
    """A program's own token."""
    answer = asking.post("/oauth/token", {"grant_type": "client_credentials"}, asking.of(program))
    return str(answer.json()["access_token"])


def look() -> None:
    """One look of the watcher."""
    AccountsConfig.current().watcher.poll()


def principal(token: str) -> Principal:
    """Whom the data plane takes it for."""
    look()
    return principal_of_token(token, AccountsConfig.current().identity, gateway_verifier())


def holds(token: str) -> bool:
    """Whether the data plane takes it."""
    try:
        principal(token)
    except TokenRefused:
        return False
    return True


@pytest.fixture
def key(people: World, program: CreatedAccount) -> str:
    """An API key with a list of models and of addresses."""
    made = create_api_key.execute(
        people.organisation, "narrow", team=people.team, models=["small", "large"], allowed_ips=["192.0.2.0/24"]
    )
    look()
    return made.plain


def test_an_api_key_gives_a_short_lived_token(people: World, key: str, evidence: Evidence) -> None:
    answer = exchange(key)
    assert answer.status_code == 200
    assert answer["cache-control"] == "no-store"
    body = answer.json()
    assert (body["issued_token_type"], body["token_type"], body["expires_in"]) == (TOKEN_TYPE, "Bearer", 600)
    assert "refresh_token" not in body
    found = principal(body["access_token"])
    row = ApiKey.objects.get(name="narrow")
    assert (found.kind, found.subject, found.key_id) == ("api_key", f"key:{row.pk}", str(row.pk))
    assert (found.credential, found.team_id) == ("jwt", str(people.team.pk))
    assert found.models == {"small", "large"}
    assert [str(network) for network in found.allowed_ips] == ["192.0.2.0/24"]
    assert b'"exchanged":"api_key"' in evidence()
    assert key.encode() not in evidence()


def test_o14_everything_can_be_narrowed(key: str) -> None:
    answer = exchange(key, scope="models:read", models="small", lifetime="60", audience="http://testserver/v1").json()
    found = principal(answer["access_token"])
    assert (found.scopes, found.models) == ({"models:read"}, {"small"})
    assert answer["expires_in"] == 60
    assert answer["scope"] == "models:read"


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"scope": "management"}, "invalid_scope"),
        ({"scope": "models:invoke management"}, "invalid_scope"),
        ({"models": "small other"}, "invalid_scope"),
        ({"audience": "http://testserver/api"}, "invalid_target"),
        ({"resource": "http://testserver/api"}, "invalid_target"),
        ({"audience": "https://elsewhere.example/v1"}, "invalid_target"),
        ({"audience": "http://testserver/v1/"}, "invalid_target"),
        ({"lifetime": "0"}, "invalid_request"),
        ({"lifetime": "-5"}, "invalid_request"),
        ({"lifetime": "1e9"}, "invalid_request"),
        ({"lifetime": "٣"}, "invalid_request"),
        ({"budget": "0190"}, "invalid_target"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "invalid_request"),
        ({"subject_token_type": TOKEN_TYPE}, "invalid_request"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "invalid_request"),
        ({"actor_token": "a.b.c"}, "invalid_request"),
        ({"audience": ["a", "b"]}, "invalid_request"),
        ({"subject_token": ""}, "invalid_request"),
    ],
)
def test_o14_what_is_wider_or_malformed_is_refused(key: str, more: dict[str, Any], error: str) -> None:
    answer = exchange(key, **more)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_o14_a_longer_life_is_not_given(key: str, people: World) -> None:
    assert exchange(key, lifetime="86400").json()["expires_in"] == 600
    ApiKey.objects.filter(name="narrow").update(expires_at=timezone.now() + timedelta(seconds=100))
    AccountsConfig.current().identity.load()
    assert 90 <= exchange(key).json()["expires_in"] <= 100
    first = exchanged(key, lifetime="50")
    assert claims_of(exchanged(first, lifetime="500"))["exp"] <= claims_of(first)["exp"]


def test_o14_an_exchanged_token_only_gets_narrower(key: str) -> None:
    first = exchanged(key, scope="models:read embeddings", models="small")
    assert exchange(first, scope="models:invoke").json()["error"] == "invalid_scope"
    assert exchange(first, models="large").json()["error"] == "invalid_scope"
    second = principal(exchanged(first, scope="models:read"))
    assert (second.scopes, second.models) == ({"models:read"}, {"small"})
    assert second.key_id is not None


def test_o14_the_chain_of_exchanges_is_limited(key: str) -> None:
    token = exchanged(key)
    for _ in range(4):
        token = exchanged(token)
    assert holds(token)
    assert exchange(token).json()["error"] == "invalid_request"


def test_o14_a_narrower_token_of_a_person_and_of_a_program(program: CreatedAccount, people: World) -> None:
    look()
    for subject, name in ((signed_in()["access"], people.bob.subject), (token_of(program), program.account.subject)):
        found = principal(exchanged(subject, scope="models:read", models="small"))
        assert (found.subject, found.scopes, found.models) == (name, {"models:read"}, {"small"})


def test_o14_a_management_token_stays_one(program: CreatedAccount, people: World) -> None:
    look()
    token = signed_in(audience="management")["access"]
    assert exchange(token, audience="http://testserver/v1").json()["error"] == "invalid_target"
    assert exchange(token, scope="models:invoke").json()["error"] == "invalid_scope"
    assert claims_of(exchanged(token))["aud"] == "http://testserver/api"
    assert not holds(exchanged(token))


def test_o14_who_acts_is_named_and_bounds_the_scopes(program: CreatedAccount, people: World) -> None:
    look()
    ServiceAccount.objects.filter(pk=program.account.pk).update(scopes=["models:read"])
    subject = signed_in()["access"]
    assert exchange(subject, program, scope="models:invoke").json()["error"] == "invalid_scope"
    token = exchanged(subject, program)
    claims = claims_of(token)
    assert (claims["sub"], claims["act"]["sub"]) == (people.bob.subject, program.account.subject)
    assert claims["scope"] == "models:read"
    assert holds(token)
    assert "act" not in claims_of(exchanged(token_of(program), program))


def test_o14_the_depth_of_actors_is_limited(program: CreatedAccount, people: World) -> None:
    others = [create_service_account.execute(people.organisation, f"agent {n}") for n in range(4)]
    look()
    token = signed_in()["access"]
    for other in others[:3]:
        token = exchanged(token, other)
    act = claims_of(token)["act"]
    assert act["act"]["act"]["sub"] == others[0].account.subject
    assert exchange(token, others[3]).json()["error"] == "invalid_request"
    assert holds(token)


def test_o14_a_program_of_another_organisation_does_not_act(
    program: CreatedAccount, strange_program: CreatedAccount, people: World, key: str
) -> None:
    answer = exchange(key, strange_program)
    unknown = exchange(key[:-1] + ("A" if key[-1] != "A" else "B"))
    assert (answer.status_code, answer.content) == (unknown.status_code, unknown.content)


def test_a_client_that_fails_to_authenticate_is_refused(program: CreatedAccount, key: str) -> None:
    wrong = asking.basic(program.account.client_id, "wrong")
    form = {"grant_type": exchange_form.GRANT, "subject_token": key, "subject_token_type": KEY_TYPE}
    assert asking.post("/oauth/token", form, wrong).status_code == 401


BAD = ("a.b.c", "", "gthr_x_y", "gth_live_x", "\0", "é" * 100, "gth_live_" + "a" * 58)


@pytest.mark.parametrize("text", BAD)
def test_o14_what_does_not_hold_is_refused(program: CreatedAccount, text: str, evidence: Evidence) -> None:
    answer = exchange(text)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("kind", ["refresh", "tampered", "assertion"])
def test_b11_other_kinds_of_tokens_are_no_subjects(program: CreatedAccount, people: World, kind: str) -> None:
    look()
    made = {
        "refresh": lambda: signed_in()["refresh"],
        "tampered": lambda: token_of(program)[:-4] + "AAAA",
        "assertion": lambda: asking.assertion(SigningKeyPair.generate(), asking.claims(program.account.client_id)),
    }
    assert exchange(made[kind]()).json()["error"] == "invalid_request"


def _of_key(name: str) -> ApiKey:
    return ApiKey.objects.get(name=name)


def _expired(people: World) -> None:
    row = _of_key("narrow")
    row.expires_at = timezone.now() - timedelta(seconds=1)
    row.save()


ENDS_OF_A_KEY: dict[str, Callable[[World], object]] = {
    "revoked": lambda people: revoke_api_key.execute(_of_key("narrow")),
    "expired": _expired,
    "deleted": lambda people: _of_key("narrow").delete(),
    "tenant": lambda people: suspend_organisation.execute(people.organisation),
    "everything": lambda people: end_tokens.everything(reason="drill"),
}


@pytest.mark.parametrize("end", ENDS_OF_A_KEY)
def test_what_ends_the_key_ends_its_tokens(key: str, people: World, end: str) -> None:
    first = exchanged(key)
    second = exchanged(first)
    assert holds(first)
    assert holds(second)
    ENDS_OF_A_KEY[end](people)
    assert not holds(first)
    assert not holds(second)


def test_a_key_whose_maker_leaves_ends_with_its_tokens(program: CreatedAccount, people: World) -> None:
    made = create_api_key.execute(people.organisation, "bobs", created_by=people.bob)
    look()
    token = exchanged(made.plain)
    assert holds(token)
    Membership.objects.get(user=people.bob).delete()
    assert not holds(token)


def test_narrowing_the_key_narrows_its_tokens(key: str) -> None:
    token = exchanged(key)
    row = _of_key("narrow")
    row.models_allowed, row.scopes = ["large"], ["models:read"]
    row.save()
    assert (principal(token).models, principal(token).scopes) == ({"large"}, {"models:read"})


def test_a_rotated_key_keeps_its_tokens(key: str) -> None:
    token = exchanged(key)
    rotate_api_key.execute(_of_key("narrow"))
    assert holds(token)


def _end_session(people: World, subject: str) -> None:
    renew.end(RefreshFamily.objects.get(), "signed_out")


ENDS_OF_A_SESSION: dict[str, Callable[[World, str], object]] = {
    "session": _end_session,
    "everywhere": lambda people, subject: end_sessions.execute(people.bob),
    "switched_off": lambda people, subject: set_person_active.execute(people.bob, active=False),
    "membership": lambda people, subject: Membership.objects.get(user=people.bob).delete(),
    "subject_token": lambda people, subject: end_tokens.one(claims_of(subject)["jti"]),
    "client": lambda people, subject: end_tokens.of_client("password-login"),
    "tenant": lambda people, subject: suspend_organisation.execute(people.organisation),
}


@pytest.mark.parametrize("end", ENDS_OF_A_SESSION)
def test_what_ends_the_subject_ends_what_came_of_it(program: CreatedAccount, people: World, end: str) -> None:
    look()
    subject = signed_in()["access"]
    first = exchanged(subject, program)
    second = exchanged(first)
    assert holds(second)
    ENDS_OF_A_SESSION[end](people, subject)
    assert not holds(first)
    assert not holds(second)


@pytest.mark.parametrize("end", ["epoch", "off", "client"])
def test_what_ends_the_actor_ends_the_token_and_not_the_subject(
    program: CreatedAccount, people: World, end: str
) -> None:
    look()
    subject = signed_in()["access"]
    token = exchanged(subject, program)
    match end:
        case "epoch":
            end_tokens.of_program(program.account)
        case "off":
            program.account.is_active = False
            program.account.save()
        case "client":
            end_tokens.of_client(program.account.client_id)
    assert not holds(token)
    assert holds(subject)


def test_a_running_call_ends_with_the_key(key: str) -> None:
    token, identity = exchanged(key), AccountsConfig.current().identity
    look()
    standing = Standing(verified_token(token, identity, gateway_verifier()), identity)
    assert standing.lost() is None
    revoke_api_key.execute(_of_key("narrow"))
    look()
    assert standing.lost() == "key_revoked"


def test_an_exchanged_token_stays_small(program: CreatedAccount, people: World, key: str) -> None:
    look()
    names = " ".join(f"a-model-with-a-long-name-{number:020}" for number in range(20))
    token = exchanged(signed_in()["access"], program, models=names)
    assert len(token) < 4096
    assert len(exchanged(key)) < 2048
    assert exchange(signed_in()["access"], models=names + " more").json()["error"] == "invalid_scope"
    assert exchange(signed_in()["access"], models="x" * 2000).json()["error"] == "invalid_scope"


def test_it_can_be_looked_at(program: CreatedAccount, key: str) -> None:
    told = asking.post("/oauth/introspect", {"token": exchanged(key, program)}, asking.of(program)).json()
    assert told["active"]
    assert told["sub"].startswith("key:")
    assert told["act"]["sub"] == program.account.subject


async def test_the_data_plane_holds_to_the_models_without_a_query(
    gateway: AsgiClient, world: World, database_calls: list[str]
) -> None:
    narrow = await sync_to_async(exchanged)(world.key, models="vectors")
    wide = await sync_to_async(exchanged)(world.key, models="public vectors")
    body = {"model": "public", "messages": [{"role": "user", "content": "hi"}]}
    database_calls.clear()
    assert (await gateway.bearing(wide).post("/v1/chat/completions", body)).status == 200
    refused = await gateway.bearing(narrow).post("/v1/chat/completions", body)
    assert refused.status == 404
    listed = (await gateway.bearing(narrow).get("/v1/models")).json()
    assert [model["id"] for model in listed["data"]] == ["vectors"]
    assert database_calls == []


def test_too_many_failures_are_slowed_down_without_locking_out(key: str) -> None:
    assert [exchange("a.b.c").status_code for _ in range(3)] == [400] * 3
    assert exchange(key).status_code == 200


def test_a_strangers_key_gives_a_token_of_his_own_tenant(people: World, program: CreatedAccount) -> None:
    look()
    token = exchanged(people.strangers_key)
    assert principal(token).organisation_id == str(people.elsewhere.pk)
    assert exchange(people.strangers_key, program).json()["error"] == "invalid_request"
