"""Tokens of a trusted issuer: what holds, and one negative a rule of SECURITY 5.9."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from pytest_django import DjangoAssertNumQueries

from accounts.actions import end_tokens, issue_token, suspend_organisation
from accounts.authentication import GatewayAuthentication
from accounts.errors import InvalidToken
from accounts.identity import IdentitySnapshot
from accounts.identity.foreign import foreign_token
from accounts.identity.standing import Standing
from accounts.models import IssuerRule, Organisation, Team, TrustedIssuer
from accounts.principal import Principal
from accounts.ring import gateway_audience
from accounts.tokens.errors import TokenRefused
from accounts.tokens.keys import SigningKeyPair
from tests.accounts.issuers.conftest import trusted
from tests.accounts.issuers.idp import AUDIENCE, Idp
from tests.gateway_world import World

NOW = int(time.time())


def call(token: str) -> Principal:
    """Whom a request with this token stands for."""
    request: Any = SimpleNamespace(headers={"authorization": f"Bearer {token}"}, query_string=b"")
    _, principal = GatewayAuthentication().authenticate(request)
    assert isinstance(principal, Principal)
    return principal


def refused(token: str) -> str:
    """Why, as it is put on record; the client learns nothing of it."""
    with pytest.raises(InvalidToken) as caught:
        call(token)
    assert caught.value.message in ("The credential is not valid.", "The credential has expired.")
    assert isinstance(caught.value.__cause__, TokenRefused)
    return caught.value.__cause__.reason


@pytest.mark.parametrize("alg", ["ES256", "RS256", "Ed25519"])
def test_a_token_of_a_trusted_issuer_gets_in_without_a_query(
    people: World, identity: IdentitySnapshot, alg: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    idp = Idp(alg=alg)
    row = trusted(people, idp)
    identity.load()
    with django_assert_num_queries(0):
        principal = call(idp.token())
    assert (principal.kind, principal.subject) == ("external", f"ext:{row.pk}:alice@idp")
    assert principal.scopes == {"models:invoke", "models:read"}
    assert principal.organisation_id == str(people.organisation.pk)
    assert principal.name == "Idp: alice@idp"


def test_our_own_tokens_go_on_as_before(people: World, trust: TrustedIssuer, identity: IdentitySnapshot) -> None:
    token = issue_token.for_person(people.bob, people.organisation, gateway_audience(), ["models:read"], "s").access
    assert call(token).subject == people.bob.subject


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"iss": "https://other.example"}, "issuer"), ({"iss": "https://idp.example/"}, "issuer"),
        ({"iss": 7}, "claim_iss"),
        ({"aud": "https://elsewhere.example"}, "issuer"), ({"aud": ...}, "claim_aud"), ({"aud": [7]}, "claim_aud"),
        ({"aud": []}, "claim_aud"), ({"sub": ...}, "claim_sub"), ({"sub": 7}, "claim_sub"),
        ({"sub": "x" * 201}, "claim_sub"),
        ({"sub": "a\nb"}, "claim_sub"), ({"exp": ...}, "claim_exp"), ({"exp": "9999999999"}, "claim_exp"),
        ({"exp": True}, "claim_exp"), ({"iat": ...}, "claim_iat"), ({"iat": 1.5}, "claim_iat"),
        ({"nbf": "0"}, "claim_nbf"),
        ({"iat": NOW - 700, "exp": NOW - 100}, "expired"), ({"iat": NOW + 300, "exp": NOW + 600}, "not_yet"),
        ({"nbf": NOW + 300}, "not_yet"), ({"exp": NOW + 90_000}, "lifetime"), ({"iat": NOW, "exp": NOW}, "lifetime"),
        ({"nonce": "n"}, "id_token"), ({"at_hash": "h"}, "id_token"), ({"azp": AUDIENCE}, "id_token"),
        ({"client_id": AUDIENCE}, "id_token"), ({"typ": "ID"}, "token_kind"), ({"typ": "Refresh"}, "token_kind"),
        ({"groups": ["guests"]}, "no_rule"), ({"groups": ...}, "no_rule"), ({"groups": {"engineers": 1}}, "no_rule"),
        ({"groups": "engineers2"}, "no_rule"), ({"groups": ["Engineers"]}, "no_rule"), ({"jti": 7}, "claim_jti"),
        ({"jti": ...}, "exchange_only"), ({"cnf": {"x5t#S256": "x"}}, "claim_cnf"),
    ],
)  # fmt: skip
def test_a_claim_that_is_not_as_agreed_is_refused(
    trust: TrustedIssuer, idp: Idp, changed: dict[str, Any], reason: str
) -> None:
    assert call(idp.token())
    assert refused(idp.token(**changed)) == reason


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"typ": "JWT"}, "typ"), ({"typ": ...}, "typ"), ({"typ": "dpop+jwt"}, "typ"), ({"alg": "none"}, "alg"),
        ({"alg": "HS256"}, "alg"), ({"alg": "RS256"}, "alg"), ({"alg": "es256"}, "alg"), ({"kid": 7}, "header"),
        ({"jku": "https://evil.example/keys"}, "header"), ({"x5u": "https://evil.example"}, "header"),
        ({"jwk": "{}"}, "header"), ({"crit": "exp"}, "header"), ({"b64": "false"}, "header"),
        ({"zip": "DEF"}, "header"),
    ],
)  # fmt: skip
def test_a_header_that_is_not_as_agreed_is_refused(
    trust: TrustedIssuer, idp: Idp, header: dict[str, Any], reason: str
) -> None:
    assert refused(idp.token(header)) == reason


def test_b7_a_trusted_issuer_does_not_speak_for_another(
    people: World, trust: TrustedIssuer, idp: Idp, identity: IdentitySnapshot
) -> None:
    other = Idp("https://second.example")
    trusted(people, other)
    identity.load()
    assert call(other.token())
    assert refused(other.token(iss=idp.issuer)) == "issuer_kid"
    assert refused(idp.token({"kid": other.key.kid}, iss=other.issuer)) == "signature"
    assert refused(idp.token(iss="http://testserver")) == "issuer"


def test_b9_a_key_that_we_do_not_have_is_fetched_later_and_the_call_says_when_to_come_again(
    trust: TrustedIssuer, idp: Idp, identity: IdentitySnapshot
) -> None:
    fresh = SigningKeyPair.generate()
    with pytest.raises(InvalidToken) as caught:
        call(idp.token({"kid": fresh.kid}, fresh))
    assert caught.value.headers["Retry-After"] == "1"
    assert identity.wanted_keys == {str(trust.pk)}
    assert identity.keys_wanted.is_set()


def test_another_key_with_the_right_name_is_refused(trust: TrustedIssuer, idp: Idp) -> None:
    assert refused(idp.token(key=SigningKeyPair.generate())) == "signature"


def test_a_list_of_audiences_may_hold_ours(trust: TrustedIssuer, idp: Idp) -> None:
    assert call(idp.token(aud=["https://elsewhere.example", AUDIENCE]))


def test_a_token_for_two_of_our_tenants_is_for_none(
    people: World, trust: TrustedIssuer, idp: Idp, identity: IdentitySnapshot
) -> None:
    trusted(people, idp, organisation=people.elsewhere, audience="https://gateway.example/two")
    identity.load()
    assert call(idp.token(aud="https://gateway.example/two")).organisation_id == str(people.elsewhere.pk)
    assert refused(idp.token(aud=[AUDIENCE, "https://gateway.example/two"])) == "issuer"


def test_jwt_as_a_type_has_to_be_allowed(trust: TrustedIssuer, idp: Idp, identity: IdentitySnapshot) -> None:
    TrustedIssuer.objects.update(types=["at+jwt", "jwt"])
    identity.load()
    assert call(idp.token({"typ": "JWT"}))
    assert call(idp.token({"typ": "application/at+jwt"}))
    assert refused(idp.token({"typ": ...})) == "typ"


def test_required_claims_are_required(trust: TrustedIssuer, idp: Idp, identity: IdentitySnapshot) -> None:
    TrustedIssuer.objects.update(required_claims=["tenant"])
    identity.load()
    assert refused(idp.token()) == "claim_tenant"
    assert refused(idp.token(tenant="")) == "claim_tenant"
    assert call(idp.token(tenant="alpha"))


def test_an_issuer_that_is_for_exchange_only_does_not_get_in_directly(
    trust: TrustedIssuer, idp: Idp, identity: IdentitySnapshot
) -> None:
    TrustedIssuer.objects.update(direct=False)
    identity.load()
    assert refused(idp.token()) == "exchange_only"
    assert foreign_token(idp.token(), identity, direct=False)


def test_a_long_life_is_for_exchange_only(trust: TrustedIssuer, idp: Idp, identity: IdentitySnapshot) -> None:
    TrustedIssuer.objects.update(longest_seconds=7200)
    identity.load()
    assert refused(idp.token(exp=int(time.time()) + 7000)) == "exchange_only"


def test_keys_that_are_older_than_a_day_are_not_believed(
    trust: TrustedIssuer, idp: Idp, identity: IdentitySnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    TrustedIssuer.objects.update(pinned_keys="", keys=[idp.jwk()], fetched_at="2026-01-01T00:00:00Z")
    identity.load()
    assert refused(idp.token()) == "issuer_keys_stale"
    assert identity.wanted_keys


@pytest.mark.parametrize("end", ["off", "deleted", "tenant", "rule", "key", "subject", "jti", "everything"])
def test_what_ends_it_ends_it_for_calls_and_for_running_streams(
    people: World, trust: TrustedIssuer, idp: Idp, identity: IdentitySnapshot, end: str
) -> None:
    token = idp.token(jti="one", iat=int(time.time()) - 5)
    standing = Standing(foreign_token(token, identity, direct=True), identity)
    assert standing.lost() is None
    ended(people, trust, idp, end)
    identity.load()
    refused(token)
    assert standing.lost()


def ended(people: World, trust: TrustedIssuer, idp: Idp, how: str) -> None:
    """One of the ways."""
    match how:
        case "off":
            TrustedIssuer.objects.update(is_active=False)
        case "deleted":
            trust.delete()
        case "tenant":
            suspend_organisation.execute(people.organisation)
        case "rule":
            IssuerRule.objects.all().delete()
        case "key":
            TrustedIssuer.objects.update(pinned_keys="", keys=[Idp().jwk()], fetched_at="2099-01-01T00:00:00Z")
        case "subject":
            end_tokens.of_subject(trust, "alice@idp", reason="left")
        case "jti":
            end_tokens.one("one", issuer=idp.issuer, reason="lost")
        case "everything":
            end_tokens.everything(reason="drill")


def test_tokens_that_a_subject_gets_afterwards_work_and_others_were_never_touched(
    people: World, trust: TrustedIssuer, idp: Idp, identity: IdentitySnapshot
) -> None:
    second = trusted(people, idp, organisation=people.elsewhere, audience="https://gateway.example/two")
    end_tokens.of_subject(trust, "alice@idp", reason="laptop stolen")
    identity.load()
    now = int(time.time())
    assert refused(idp.token(iat=now - 1)) == "subject_revoked"
    assert call(idp.token(iat=now + 2))
    assert call(idp.token(iat=now - 1, sub="bob@idp"))
    assert call(idp.token(iat=now - 1, aud=second.audience)), "another tenant's trust in the same issuer"


def test_a_rule_gives_scopes_models_and_a_team_and_a_change_is_in_force_at_once(
    people: World, trust: TrustedIssuer, idp: Idp, identity: IdentitySnapshot
) -> None:
    token = idp.token(realm={"roles": ["writer"]}, scope="read write")
    rule = IssuerRule.objects.create(
        issuer=trust,
        claim="realm.roles",
        value="writer",
        scopes=["embeddings"],
        models_allowed=["small"],
        team=people.team,
    )
    IssuerRule.objects.create(issuer=trust, claim="scope", value="write", scopes=["models:read"])
    identity.load()
    principal = call(token)
    assert principal.scopes == {"models:invoke", "models:read", "embeddings"}
    assert principal.team_id == str(people.team.pk)
    assert principal.models is None, "one of the rules names no models"
    IssuerRule.objects.exclude(pk=rule.pk).delete()
    identity.load()
    assert (call(token).scopes, call(token).models) == ({"embeddings"}, {"small"})


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"issuer": "http://idp.example"}, "issuer"), ({"issuer": "https://127.0.0.1"}, "issuer"),
        ({"issuer": "https://idp.example?x"}, "issuer"), ({"issuer": "http://testserver"}, "issuer"),
        ({"jwks_uri": "https://169.254.169.254/keys"}, "jwks_uri"), ({"algorithms": ["HS256"]}, "algorithms"),
        ({"algorithms": []}, "algorithms"), ({"types": ["dpop+jwt"]}, "types"), ({"audience": ""}, "audience"),
        ({"longest_seconds": 10}, "longest_seconds"), ({"longest_seconds": 10**6}, "longest_seconds"),
        ({"pinned_keys": '{"kty":"oct","k":"AAAA"}'}, "pinned_keys"), ({"required_claims": [7]}, "required_claims"),
    ],
)  # fmt: skip
def test_a_row_that_could_not_be_safe_is_refused(people: World, idp: Idp, changed: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError, match=field):
        trusted(people, idp, **changed)


def test_a_rule_makes_nobody_an_administrator_and_uses_no_other_tenants_team(
    people: World, trust: TrustedIssuer
) -> None:
    foreign_team = Team.objects.create(organisation=Organisation.objects.get(slug="elsewhere"), name="Theirs")
    for bad in ({"scopes": ["management"]}, {"team": foreign_team}, {"models_allowed": [1]}, {"value": ""}):
        with pytest.raises(ValidationError, match=next(iter(bad))):
            IssuerRule(**{"issuer": trust, "claim": "groups", "value": "x", **bad}).full_clean()
