"""Secrets that are exchanged for access tokens."""

import orjson
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import RSAKey

from llmproxy.adapters.auth import BadSecret, Placement, TokenGrant, scheme

NOW = 1_800_000_000
AZURE = {"tenant_id": "contoso.onmicrosoft.com", "client_id": "11111111-2222-3333-4444-555555555555"}
AZURE_SECRET = orjson.dumps({**AZURE, "client_secret": "s3cret~value"}).decode()


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def key_file(key: rsa.RSAPrivateKey) -> str:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return orjson.dumps(
        {
            "type": "service_account",
            "private_key_id": "abcdef0123456789",
            "private_key": pem,
            "client_email": "gateway@project.iam.gserviceaccount.com",
            "token_uri": "https://oauth2.googleapis.com/token",
        },
        option=orjson.OPT_INDENT_2,
    ).decode()


def grant_of(name: str, secret: str) -> TokenGrant:
    kind = scheme(name).auth
    grant = kind.grant(kind.normalised(secret))
    assert grant is not None
    return grant


def test_google_gets_an_assertion_that_its_public_key_verifies(key: rsa.RSAPrivateKey, key_file: str) -> None:
    grant = grant_of("google_service_account", key_file)
    form = grant.form(NOW)
    assert grant.url == "https://oauth2.googleapis.com/token"
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    token = jwt.decode(form["assertion"], RSAKey.import_key(public), algorithms=["RS256"])
    assert token.header["kid"] == "abcdef0123456789"
    assert token.claims == {
        "iss": "gateway@project.iam.gserviceaccount.com",
        "scope": "https://www.googleapis.com/auth/cloud-platform",
        "aud": "https://oauth2.googleapis.com/token",
        "iat": NOW,
        "exp": NOW + 600,
    }


def test_the_key_file_is_kept_on_one_line_and_known_by_its_key_id(key_file: str) -> None:
    kind = scheme("google_service_account").auth
    stored = kind.normalised(key_file)
    assert "\n" not in stored
    assert kind.shown(stored) == "6789"


def test_azure_gets_the_client_credentials_grant() -> None:
    grant = grant_of("azure_ad", AZURE_SECRET)
    assert grant.url == "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token"
    assert grant.form(NOW) == {
        "grant_type": "client_credentials",
        "client_id": AZURE["client_id"],
        "client_secret": "s3cret~value",
        "scope": "https://cognitiveservices.azure.com/.default",
    }


def test_another_cloud_has_another_authority() -> None:
    secret = orjson.dumps({**orjson.loads(AZURE_SECRET), "authority": "https://login.microsoftonline.us/"}).decode()
    assert grant_of("azure_ad", secret).url.startswith("https://login.microsoftonline.us/contoso")


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("google_service_account", "sk-not-json"), ("google_service_account", "{}"), ("google_service_account", "[1]"),
        ("google_service_account",
         '{"client_email":"a","private_key":"x","private_key_id":"1","token_uri":"https://t"}'),
        ("azure_ad", "sk-not-json"), ("azure_ad", '{"tenant_id":"a"}'),
        ("azure_ad", '{"tenant_id":"../x","client_id":"c","client_secret":"s"}'),
        ("azure_ad", '{"tenant_id":1,"client_id":"c","client_secret":"s"}'),
    ],
)  # fmt: skip
def test_a_secret_of_another_shape_is_refused(name: str, secret: str) -> None:
    with pytest.raises(BadSecret):
        scheme(name).auth.normalised(secret)


def test_what_is_sent_is_the_access_token() -> None:
    for name in ("google_service_account", "azure_ad"):
        auth = scheme(name).auth("ya29.token", Placement())
        assert auth.headers("POST", "https://x", (), b"") == ((b"authorization", b"Bearer ya29.token"),)


@pytest.mark.parametrize(
    "answer", [None, [], {}, {"access_token": 1}, {"access_token": "a b"}, {"access_token": "a\r\nx: y"},
               {"access_token": "t", "expires_in": "soon"}]
)  # fmt: skip
def test_an_answer_without_a_token_is_refused(answer: object) -> None:
    with pytest.raises(BadSecret):
        TokenGrant.token(answer)


def test_the_life_of_a_token_may_come_as_text() -> None:
    assert TokenGrant.token({"access_token": "t", "expires_in": "3599"}) == ("t", 3599)
    assert TokenGrant.token({"access_token": "t"}) == ("t", 3600)
