"""Who a program is: secrets and assertions, several at a time, exactly one way in a request (SECURITY O3-O7, 5.10)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from redis import Redis

from accounts.actions import add_client_keys, create_service_account, rotate_client_secret
from accounts.actions.create_service_account import CreatedAccount
from accounts.models import ClientCredential, ServiceAccount
from accounts.oauth.presented import ASSERTION_TYPE
from accounts.tokens.keys import SigningKeyPair
from tests.accounts.conftest import Evidence
from tests.accounts.oauth import asking
from tests.gateway_world import World

pytestmark = pytest.mark.urls("accounts.urls")
GRANT = {"grant_type": "client_credentials"}


def ask(form: dict[str, Any] | str, authorization: str | None = None, **options: Any) -> Any:
    """A token request."""
    return asking.post("/oauth/token", form, authorization, **options)


def with_secret(program: CreatedAccount, **more: Any) -> dict[str, Any]:
    """`client_secret_post`."""
    return {**GRANT, "client_id": program.account.client_id, "client_secret": program.client_secret, **more}


@pytest.mark.processes
@pytest.mark.parametrize("alg", ["ES256", "Ed25519", "RS256"])
def test_o7_an_assertion_gives_a_token(program: CreatedAccount, store: Redis, alg: str) -> None:
    key = SigningKeyPair.generate(alg)
    add_client_keys.execute(program.account, json.dumps({"keys": [key.public_jwk()]}))
    text = asking.assertion(key, asking.claims(program.account.client_id))
    answer = ask(asking.asserted(text, client_id=program.account.client_id))
    assert (answer.status_code, answer.json()["token_type"]) == (200, "Bearer")
    assert "refresh_token" not in answer.json()


@pytest.mark.processes
def test_o7_an_assertion_works_once(
    program: CreatedAccount, key: SigningKeyPair, store: Redis, evidence: Evidence
) -> None:
    form = asking.asserted(asking.assertion(key, asking.claims(program.account.client_id)))
    assert ask(form).status_code == 200
    again = ask(form)
    assert (again.status_code, again.json()["error"]) == (401, "invalid_client")
    assert b"assertion_replayed" in evidence()
    other_id = asking.assertion(key, asking.claims(program.account.client_id, jti="two"))
    assert ask(asking.asserted(other_id)).status_code == 200


@pytest.mark.processes
def test_what_is_remembered_goes_with_the_assertion(program: CreatedAccount, key: SigningKeyPair, store: Redis) -> None:
    assert ask(asking.asserted(asking.assertion(key, asking.claims(program.account.client_id)))).status_code == 200
    [name] = store.scan_iter("gatehouse:client-assertion:*")
    assert 0 < store.ttl(name) <= 65


def test_without_the_shared_store_no_assertion_is_taken(program: CreatedAccount, key: SigningKeyPair) -> None:
    answer = ask(asking.asserted(asking.assertion(key, asking.claims(program.account.client_id))))
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "http://testserver/oauth/token"},
        {"aud": ["http://testserver", "http://testserver/oauth/token"]},
        {"exp": 4_000_000_000},
        {"exp": 1},
        {"jti": ...},
        {"iss": "gthc_other"},
        {"sub": "gthc_other", "iss": "gthc_other"},
    ],
)
def test_o7_what_the_clauses_refuse_is_invalid_client(
    program: CreatedAccount, key: SigningKeyPair, evidence: Evidence, changed: dict[str, Any]
) -> None:
    answer = ask(asking.asserted(asking.assertion(key, asking.claims(program.account.client_id, **changed))))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert "www-authenticate" not in answer.headers
    assert b"auth.token.rejected" in evidence()


def test_o7_a_key_of_somebody_else_is_refused(program: CreatedAccount, strange_program: CreatedAccount) -> None:
    theirs = SigningKeyPair.generate()
    add_client_keys.execute(strange_program.account, json.dumps(theirs.public_jwk()))
    answer = ask(asking.asserted(asking.assertion(theirs, asking.claims(program.account.client_id))))
    assert answer.json()["error"] == "invalid_client"


def test_b11_an_access_token_is_no_assertion(program: CreatedAccount) -> None:
    access = ask(with_secret(program)).json()["access_token"]
    assert ask(asking.asserted(access)).json()["error"] == "invalid_client"


@pytest.mark.parametrize("end", ["revoked", "expired", "deleted", "account"])
def test_a_key_that_ended_is_refused(program: CreatedAccount, key: SigningKeyPair, end: str) -> None:
    rows = ClientCredential.objects.filter(kind="public_key")
    match end:
        case "revoked":
            rows.update(revoked_at=timezone.now())
        case "expired":
            rows.update(expires_at=timezone.now())
        case "deleted":
            rows.delete()
        case "account":
            program.account.is_active = False
            program.account.save()
    answer = ask(asking.asserted(asking.assertion(key, asking.claims(program.account.client_id))))
    assert answer.json()["error"] == "invalid_client"


def test_the_thumbprint_of_a_key_is_no_secret(program: CreatedAccount, key: SigningKeyPair) -> None:
    form = {**GRANT, "client_id": program.account.client_id, "client_secret": key.kid}
    assert ask(form).json()["error"] == "invalid_client"


WAYS: dict[str, dict[str, Any]] = {
    "secret_and_assertion": {"client_assertion": "a.b.c", "client_assertion_type": ASSERTION_TYPE},
    "secret_and_type": {"client_assertion_type": ASSERTION_TYPE},
}


@pytest.mark.parametrize("name", WAYS)
def test_exactly_one_way(program: CreatedAccount, name: str) -> None:
    assert ask(with_secret(program, **WAYS[name])).json()["error"] == "invalid_request"
    by_header = ask({**GRANT, **WAYS[name]}, asking.of(program))
    assert by_header.json()["error"] == "invalid_request"


MALFORMED: dict[str, dict[str, Any]] = {
    "assertion_without_type": {"client_assertion": "a.b.c"},
    "another_type": {"client_assertion": "a.b.c", "client_assertion_type": "urn:ietf:params:oauth:saml2-bearer"},
    "type_without_assertion": {"client_assertion_type": ASSERTION_TYPE},
    "secret_without_id": {"client_secret": "gths_x"},
    "o6_twice": {"client_id": ["a", "b"], "client_secret": "gths_x"},
    "o6_twice_the_same": {"scope": ["models:read", "models:read"]},
    "o6_twice_an_unknown_one": {"anything": ["a", "b"]},
}


@pytest.mark.parametrize("name", MALFORMED)
def test_o6_what_is_malformed_is_invalid_request(program: CreatedAccount, name: str) -> None:
    answer = ask({**GRANT, **MALFORMED[name]})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_another_client_id_beside_the_credential_is_refused(program: CreatedAccount, key: SigningKeyPair) -> None:
    assert ask({**GRANT, "client_id": "gthc_b"}, asking.of(program)).json()["error"] == "invalid_request"
    text = asking.assertion(key, asking.claims(program.account.client_id))
    assert ask(asking.asserted(text, client_id="gthc_b")).json()["error"] == "invalid_request"
    same = {**GRANT, "client_id": program.account.client_id}
    assert ask(same, asking.of(program)).status_code == 200


def test_nothing_is_taken_from_the_address(program: CreatedAccount) -> None:
    answer = asking.post("/oauth/token?client_id=a&client_secret=b", GRANT)
    assert answer.json()["error"] == "invalid_request"


def test_another_charset_is_refused(program: CreatedAccount) -> None:
    answer = ask("grant_type=client_credentials", content_type=f"{asking.FORM}; charset=utf-7")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_o2_every_answer_forbids_storing(program: CreatedAccount) -> None:
    asked = [ask(with_secret(program)), ask(GRANT), ask("", content_type="text/plain"), ask("x=1&x=2")]
    asked.append(asking.Client().get("/oauth/token"))
    assert [answer.status_code for answer in asked] == [200, 401, 400, 400, 405]
    for answer in asked:
        assert answer["cache-control"] == "no-store"
        assert answer["content-type"] == "application/json"


def test_last_use_is_noted_once_a_minute(program: CreatedAccount) -> None:
    ask(with_secret(program))
    first = ClientCredential.objects.get().last_used_at
    assert first is not None
    ask(with_secret(program))
    assert ClientCredential.objects.get().last_used_at == first
    ClientCredential.objects.update(last_used_at=first - timedelta(minutes=2))
    ask(with_secret(program))
    assert (ClientCredential.objects.get().last_used_at or first) > first


def test_a_failure_is_no_use(program: CreatedAccount) -> None:
    ask(with_secret(program, client_secret="gths_wrong"))
    assert ClientCredential.objects.get().last_used_at is None


def test_rotation_shortens_what_was_there(program: CreatedAccount, evidence: Evidence) -> None:
    secret = rotate_client_secret.execute(program.account)
    assert ask(with_secret(program)).status_code == 200
    assert ask(with_secret(program, client_secret=secret)).status_code == 200
    old, new = ClientCredential.objects.order_by("created_at")
    assert old.expires_at <= timezone.now() + timedelta(days=1)
    assert new.expires_at > timezone.now() + timedelta(days=80)
    assert b"key.rotated" in evidence()
    assert secret.encode() not in evidence()


def test_rotation_without_overlap_ends_the_old_secret_at_once(program: CreatedAccount) -> None:
    secret = rotate_client_secret.execute(program.account, timedelta())
    assert ask(with_secret(program)).status_code == 401
    assert ask(with_secret(program, client_secret=secret)).status_code == 200


@pytest.mark.parametrize("overlap", [timedelta(days=2), timedelta(seconds=-1)])
def test_rotation_has_limits(program: CreatedAccount, overlap: timedelta) -> None:
    with pytest.raises(ValidationError):
        rotate_client_secret.execute(program.account, overlap)
    assert ClientCredential.objects.count() == 1


def test_a_key_is_registered_once(program: CreatedAccount, key: SigningKeyPair, evidence: Evidence) -> None:
    assert add_client_keys.execute(program.account, json.dumps(key.public_jwk())) == []
    row = ClientCredential.objects.get(kind="public_key")
    assert row.thumbprint == key.kid
    assert set(row.public_jwk or {}) == {"kty", "crv", "x", "y", "alg", "use", "kid"}
    assert b"key.created" in evidence()


def test_a_private_key_is_not_registered(program: CreatedAccount) -> None:
    with pytest.raises(ValidationError, match="private"):
        add_client_keys.execute(program.account, json.dumps(SigningKeyPair.generate().private_jwk()))
    assert not ClientCredential.objects.filter(kind="public_key").exists()


@pytest.mark.processes
def test_failures_are_slowed_down_and_nobody_is_locked_out(
    program: CreatedAccount, store: Redis, evidence: Evidence
) -> None:
    wrong = with_secret(program, client_secret="gths_wrong")
    answers = [ask(wrong) for _ in range(25)]
    assert [answer.status_code for answer in answers] == [401] * 20 + [429] * 5
    assert answers[-1]["retry-after"] == "60"
    assert answers[-1]["cache-control"] == "no-store"
    assert evidence().count(b"auth.token.rejected") == 20
    assert ask(with_secret(program)).status_code == 200
    assert ask(wrong, REMOTE_ADDR="198.51.100.7").status_code == 401


def test_without_the_shared_store_failures_are_still_refused(program: CreatedAccount) -> None:
    assert ask(with_secret(program, client_secret="gths_wrong")).status_code == 401


def test_two_programs_do_not_share_secrets(
    program: CreatedAccount, strange_program: CreatedAccount, people: World
) -> None:
    assert ask(with_secret(program, client_secret=strange_program.client_secret)).status_code == 401
    another = create_service_account.execute(people.organisation, "third")
    assert ask(with_secret(program, client_secret=another.client_secret)).status_code == 401


def test_allowed_addresses_hold_at_the_token_endpoint_too(program: CreatedAccount, evidence: Evidence) -> None:
    ServiceAccount.objects.filter(pk=program.account.pk).update(allowed_ips=["192.0.2.0/24", "2001:db8::/32"])
    form, header = {"grant_type": "client_credentials"}, asking.of(program)
    refused = asking.post("/oauth/token", form, header)
    unknown = asking.post("/oauth/token", form, asking.basic("nobody", "wrong"))
    assert (refused.status_code, refused.content) == (401, unknown.content)
    assert b'"because":"address"' in evidence()
    ServiceAccount.objects.filter(pk=program.account.pk).update(allowed_ips=["127.0.0.1"])
    assert asking.post("/oauth/token", form, header).status_code == 200
