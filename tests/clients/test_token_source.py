"""Tokens of the client package: fetched once, renewed in time, bound to a key, and sent to nobody else."""

import json
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
import time_machine
from gatehouse import (
    ApiKey,
    BindingRefused,
    ClientSecret,
    GatehouseError,
    LoginNeeded,
    NotReachable,
    PrivateKey,
    ProofKey,
    RefreshToken,
    Refused,
    Signer,
    TokenSource,
)
from gatehouse.for_requests import GatehouseAuth
from gatehouse.stores import FileStore

from accounts.tokens.client_key import ClientKey
from tests.clients.strict_gateway import API_KEY, CLIENT_ID, SECRET, StrictGateway


def source_of(gateway: StrictGateway, **options: object) -> TokenSource:
    return TokenSource(gateway.url, ClientSecret(CLIENT_ID, SECRET), **options)  # type: ignore[arg-type]


def test_a_token_is_fetched_once_and_used_until_it_is_almost_over(gateway: StrictGateway) -> None:
    source = source_of(gateway, scope="models:invoke")
    first = source.token()
    assert source.token() == first and gateway.fetched == 1 and first.scope == "models:invoke"
    with time_machine.travel(first.fetched + 470, tick=False):
        assert source.token() == first
    with time_machine.travel(first.fetched + 490, tick=False):
        assert source.token() != first and gateway.fetched == 2


def test_all_who_wait_share_one_fetch(gateway: StrictGateway) -> None:
    source, start = source_of(gateway), threading.Barrier(20)
    gateway.pause.clear()

    def asks(_: int) -> str:
        start.wait()
        return source.token().value

    with ThreadPoolExecutor(20) as pool:
        futures = [pool.submit(asks, one) for one in range(20)]
        gateway.pause.set()
        assert len({future.result() for future in futures}) == 1
    assert gateway.fetched == 1


def test_processes_share_a_token_by_a_file_that_only_the_owner_reads(gateway: StrictGateway, tmp_path: Path) -> None:
    path = tmp_path / "cache" / "token.json"
    token = source_of(gateway, store=FileStore(path)).token()
    assert source_of(gateway, store=FileStore(path)).token() == token and gateway.fetched == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o644)
    with pytest.raises(GatehouseError, match="chmod 600"):
        source_of(gateway, store=FileStore(path)).token()


def test_while_the_gateway_is_away_a_token_that_holds_is_used(gateway: StrictGateway) -> None:
    source = source_of(gateway)
    first = source.token()
    gateway.broken = [503, 503]
    with time_machine.travel(first.fetched + 500, tick=False):
        assert source.token() == first
    with time_machine.travel(first.expires + 1, tick=False), pytest.raises(NotReachable):
        source.token()


@pytest.mark.parametrize("alg", ["ES256", "Ed25519", "RS256"])
def test_a_program_proves_itself_with_its_own_key(gateway: StrictGateway, tmp_path: Path, alg: str) -> None:
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    made = {
        "ES256": Signer.fresh,
        "Ed25519": lambda: Signer(ed25519.Ed25519PrivateKey.generate()),
        "RS256": lambda: Signer(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
    }
    path = tmp_path / "key.pem"
    path.touch(0o600)
    path.write_bytes(made[alg]().pem())
    signer = Signer.of_file(path)
    gateway.keys = [ClientKey.from_jwk({**signer.public_jwk, "kid": signer.thumbprint})]
    assert TokenSource(gateway.url, PrivateKey(CLIENT_ID, signer)).token().kind == "Bearer"
    with pytest.raises(Refused):
        TokenSource(gateway.url, PrivateKey(CLIENT_ID, Signer.fresh())).token()


def test_a_key_is_made_once_and_kept_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "proof.pem"
    first = ProofKey.kept(path)
    assert ProofKey.kept(path).thumbprint == first.thumbprint
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    with pytest.raises(GatehouseError):
        ProofKey.kept(path)


@pytest.mark.parametrize("nonce", ["", "n1"])
def test_a_bound_token_goes_with_a_proof_of_each_call(gateway: StrictGateway, nonce: str) -> None:
    gateway.nonce = nonce
    key = ProofKey.fresh()
    session = requests.Session()
    session.auth = GatehouseAuth(source_of(gateway, proof_key=key))
    for _ in range(3):
        assert session.post(f"{gateway.url}/v1/x?a=1", json={"a": 1}).json()["ok"]
    gateway.nonce = nonce and "n2"  # servers change it
    assert session.post(f"{gateway.url}/v1/x?a=1", json={"a": 1}).json()["body"] == '{"a": 1}'
    assert set(gateway.tokens.values()) == {key.thumbprint}
    stolen = {"Authorization": f"Bearer {next(iter(gateway.tokens))}"}
    assert requests.post(f"{gateway.url}/v1/x", headers=stolen).status_code == 401


def test_a_token_that_could_be_stolen_is_not_taken_for_a_bound_one(gateway: StrictGateway) -> None:
    gateway.binds = False
    with pytest.raises(BindingRefused):
        source_of(gateway, proof_key=ProofKey.fresh()).token()


def test_a_token_that_was_ended_is_replaced_once_and_not_for_ever(gateway: StrictGateway) -> None:
    session = requests.Session()
    session.auth = GatehouseAuth(source_of(gateway))
    assert session.get(f"{gateway.url}/v1/x").status_code == 200
    gateway.end_all()
    assert session.get(f"{gateway.url}/v1/x", headers={"x-api-key": "an SDK's own"}).status_code == 200
    assert "x-api-key" not in gateway.called[-1]
    gateway.end_all()
    gateway.broken = [401, 401]
    with pytest.raises((Refused, NotReachable)):
        session.get(f"{gateway.url}/v1/x")


def test_an_api_key_leaves_only_for_the_token_endpoint(gateway: StrictGateway) -> None:
    source = TokenSource(gateway.url, ApiKey(API_KEY, models=("small",), lifetime=60, budget="job"))
    assert requests.get(f"{gateway.url}/v1/x", auth=GatehouseAuth(source)).status_code == 200
    assert API_KEY not in json.dumps(gateway.called)


def test_each_refresh_token_is_used_once_and_the_next_one_is_kept_first(gateway: StrictGateway) -> None:
    gateway.refresh = "gthr_1"
    kept = ["gthr_1"]
    source = TokenSource(gateway.url, RefreshToken(lambda: kept[-1], kept.append))
    token = source.token()
    with time_machine.travel(token.expires + 1, tick=False):
        source.token()
    assert len(kept) == 3 and kept[-1] == gateway.refresh
    gateway.refresh = "ended"
    with time_machine.travel(token.expires + 2000, tick=False), pytest.raises(LoginNeeded):
        source.token()


def test_the_token_goes_to_no_other_server(gateway: StrictGateway) -> None:
    with pytest.raises(GatehouseError, match="not for"):
        requests.get("http://127.0.0.1:9/v1/x", auth=GatehouseAuth(source_of(gateway)))


@pytest.mark.parametrize(
    "url", ["gateway", "ftp://x", "http://gateway.example", "https://a:b@gateway.example", "https://x?y=1"]
)
def test_an_address_that_secrets_must_not_be_sent_to_is_refused(url: str) -> None:
    with pytest.raises(GatehouseError):
        TokenSource(url, ApiKey("x"))


def test_who_is_no_gatehouse_is_said_in_words() -> None:
    with pytest.raises(NotReachable, match="cannot be reached"):
        TokenSource("http://127.0.0.1:9", ApiKey("x")).token()
