"""Fetching the keys of trusted issuers through the guarded session, from a real server on loopback."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.actions import fetch_issuer_keys, want_issuer_keys
from accounts.apps import AccountsConfig
from accounts.identity import IdentitySnapshot
from accounts.identity.foreign import foreign_token
from accounts.models import TrustedIssuer
from accounts.tokens.foreign import KeyUnknown
from accounts.tokens.keys import SigningKeyPair
from tests.accounts.conftest import Evidence
from tests.accounts.issuers.conftest import trusted
from tests.accounts.issuers.idp import Idp, Site
from tests.gateway_world import World


@pytest.fixture
def row(people: World, idp: Idp, site: Site, settings: Any) -> TrustedIssuer:
    """A trust in an issuer on the loopback server; nothing was fetched yet."""
    settings.GATEHOUSE_EGRESS_ALLOW = (site.url.removeprefix("http://"),)
    site.publish(idp)
    return trusted(people, idp, pinned_keys="")


def test_keys_are_found_by_the_issuers_metadata(
    row: TrustedIssuer, idp: Idp, site: Site, identity: IdentitySnapshot, evidence: Evidence
) -> None:
    assert row.state == "no keys"
    assert fetch_issuer_keys.execute(row) == ""
    assert site.asked == ["/.well-known/openid-configuration", "/keys"]
    row.refresh_from_db()
    assert row.state == "ready"
    identity.load()
    assert foreign_token(idp.token(), identity, direct=True)
    assert b"admin.trusted_issuer.updated" in evidence()
    assert idp.key.kid.encode() in evidence()


def test_a_given_address_needs_no_metadata(row: TrustedIssuer, site: Site) -> None:
    row.jwks_uri = f"{site.url}/keys"
    assert fetch_issuer_keys.execute(row) == ""
    assert site.asked == ["/keys"]


def test_an_issuer_with_a_path_is_asked_in_both_ways_that_the_standards_have(
    people: World, idp: Idp, site: Site, settings: Any
) -> None:
    settings.GATEHOUSE_EGRESS_ALLOW = (site.url.removeprefix("http://"),)
    site.publish(idp, "/realms/alpha")
    row = trusted(people, idp, pinned_keys="")
    assert fetch_issuer_keys.execute(row) == ""
    site.pages["/.well-known/oauth-authorization-server/realms/alpha"] = site.pages.pop(
        "/realms/alpha/.well-known/openid-configuration"
    )
    assert fetch_issuer_keys.execute(row) == ""


PRIVATE = SigningKeyPair.generate()


@pytest.mark.parametrize(
    ("path", "body", "options"),
    [
        ("/.well-known/openid-configuration", {"issuer": "https://evil.example", "jwks_uri": "x"}, {}),
        ("/.well-known/openid-configuration", b"not json", {}),
        ("/.well-known/openid-configuration", b'{"issuer":"a","issuer":"b"}', {}),
        ("/.well-known/openid-configuration", b"{}", {"status": 302, "Location": "/elsewhere"}),
        ("/keys", b"not json", {}), ("/keys", {"keys": []}, {}), ("/keys", {"keys": [7]}, {}), ("/keys", [], {}),
        ("/keys", {"keys": [PRIVATE.private_jwk()]}, {}), ("/keys", {"keys": [{"kty": "oct", "k": "AAAA"}]}, {}),
        ("/keys", b" " * 300_000, {}), ("/keys", b"{}", {"status": 500}),
        ("/keys", b"{}", {"status": 302, "Location": "/keys2"}),
    ],
)  # fmt: skip
def test_what_is_not_as_it_should_be_changes_nothing(
    row: TrustedIssuer, site: Site, path: str, body: Any, options: dict[str, Any]
) -> None:
    assert fetch_issuer_keys.execute(row) == ""
    kept = TrustedIssuer.objects.get().keys
    site.put(path, body, options.pop("status", 200), **options)
    problem = fetch_issuer_keys.execute(row)
    assert problem
    known = TrustedIssuer.objects.get()
    assert (known.keys, known.fetch_error, known.state) == (kept, problem, "ready")


def test_two_keys_of_one_name_are_refused_and_keys_for_other_uses_passed_over(
    row: TrustedIssuer, idp: Idp, site: Site
) -> None:
    other = Idp()
    odd = [other.jwk(use="enc"), {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA", "kid": "p"}, {"kty": "XYZ"}]
    site.put("/keys", {"keys": [idp.jwk(), *odd]})
    assert fetch_issuer_keys.execute(row) == ""
    assert [jwk["kid"] for jwk in row.keys] == [idp.key.kid]
    site.put("/keys", {"keys": [idp.jwk(), other.jwk(kid=idp.key.kid)]})
    assert "same kid" in fetch_issuer_keys.execute(row)


def test_the_address_of_the_keys_is_checked_as_any_other(row: TrustedIssuer, idp: Idp, site: Site) -> None:
    for address in ("http://169.254.169.254/keys", "file:///etc/passwd", "http://127.0.0.1:1/keys", None, 7):
        site.put("/.well-known/openid-configuration", {"issuer": idp.issuer, "jwks_uri": address})
        assert "cannot be used" in fetch_issuer_keys.execute(row)


def test_a_server_that_is_away_leaves_the_last_good_set(people: World, row: TrustedIssuer, settings: Any) -> None:
    fetch_issuer_keys.execute(row)
    settings.GATEHOUSE_EGRESS_ALLOW = ()
    assert "No answer" in fetch_issuer_keys.execute(row)
    assert TrustedIssuer.objects.get().keys


def test_who_is_due(row: TrustedIssuer) -> None:
    assert fetch_issuer_keys.all_due() == 1
    assert fetch_issuer_keys.all_due() == 0
    TrustedIssuer.objects.update(fetched_at=timezone.now() - timedelta(hours=2))
    assert fetch_issuer_keys.all_due() == 0, "tried less than a minute ago"
    TrustedIssuer.objects.update(checked_at=timezone.now() - timedelta(minutes=2))
    assert fetch_issuer_keys.all_due() == 1
    TrustedIssuer.objects.update(pinned_keys=json.dumps(Idp().jwks()), keys_wanted_at=timezone.now())
    assert fetch_issuer_keys.all_due() == 0


def test_a_key_that_was_met_and_not_known_is_fetched_once_in_thirty_seconds(
    row: TrustedIssuer, idp: Idp, site: Site, identity: IdentitySnapshot
) -> None:
    fetch_issuer_keys.execute(row)
    identity.load()
    idp.key = SigningKeyPair.generate()
    site.put("/keys", idp.jwks())
    with pytest.raises(KeyUnknown):
        foreign_token(idp.token(), identity, direct=True)
    assert AccountsConfig.current().key_wishes.write() == [] or TrustedIssuer.objects.get().keys_wanted_at
    assert fetch_issuer_keys.all_due() == 1
    identity.load()
    assert foreign_token(idp.token(), identity, direct=True)
    assert want_issuer_keys.execute([str(row.pk)]) == []
    TrustedIssuer.objects.update(keys_wanted_at=timezone.now() - timedelta(seconds=31))
    assert want_issuer_keys.execute([str(row.pk)]) == [str(row.pk)]


def test_the_metadata_of_one_issuer_are_never_keys_of_another(people: World, row: TrustedIssuer, site: Site) -> None:
    second = Idp(f"{site.url}/")
    other = trusted(people, second, pinned_keys="", audience="https://gateway.example/two")
    assert "another issuer" in fetch_issuer_keys.execute(other), "a slash at the end makes another issuer"
