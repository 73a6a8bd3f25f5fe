"""Credentials that are none are slowed down by address; keys in addresses are refused and flagged (SECURITY 5.8)."""

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from accounts.actions import compromise_signing_key, revoke_api_key
from accounts.apps import AccountsConfig
from accounts.crypto.api_key_text import ApiKeyText
from accounts.identity import misses
from accounts.identity.misses import MOST, MOST_ADDRESSES, Misses
from accounts.models import ApiKey, SigningKey
from accounts.noticed import write_down
from tests.accounts.conftest import Evidence
from tests.accounts.oauth import asking
from tests.accounts.oauth.test_exchange import exchanged
from tests.asgi_client import AsgiClient
from tests.gateway_world import World

PATH = "/v1/models"


class Clock:
    """Stands still until told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_misses_are_counted_by_address_in_a_window() -> None:
    clock = Clock()
    counted = Misses(clock)
    assert [counted.too_many("192.0.2.1") for _ in range(MOST + 2)] == [False] * MOST + [True] * 2
    assert not counted.too_many("192.0.2.2")
    assert counted.taken() == {"192.0.2.1": 2}
    assert counted.taken() == {}
    clock.now = misses.WINDOW_SECONDS + 1
    assert not counted.too_many("192.0.2.1")


def test_an_ipv6_network_is_one_stranger() -> None:
    counted = Misses()
    assert [counted.too_many(f"2001:db8::{number:x}") for number in range(MOST + 1)][-1]
    assert not counted.too_many("2001:db8:1::1")


def test_the_table_is_bounded_and_fails_secure() -> None:
    counted = Misses()
    for number in range(MOST_ADDRESSES):
        counted.too_many(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert [counted.too_many(f"192.0.2.{number}") for number in range(MOST + 1)][-1]
    assert len(counted._counts) <= MOST_ADDRESSES + 1


async def test_a_stranger_is_slowed_down_and_nobody_is_locked_out(
    gateway: AsgiClient, world: World, evidence: Evidence, database_calls: list[str]
) -> None:
    database_calls.clear()
    answers = [await gateway.bearing(str(ApiKeyText.fresh())).get(PATH) for _ in range(MOST + 3)]
    assert [answer.status for answer in answers] == [401] * MOST + [429] * 3
    last = answers[-1]
    assert (last.json()["error"]["code"], last.headers["retry-after"]) == ("too_many_failures", "60")
    assert (await gateway.bearing("a.b.c").get("/v1/messages", headers=[("anthropic-version", "1")])).status == 429
    assert (await gateway.bearing(world.key).get(PATH)).status == 200
    assert (await gateway.bearing("a.b.c").get(PATH, peer="192.0.2.7")).status == 401
    assert database_calls == []
    await sync_to_async(write_down)(AccountsConfig.current().identity)
    written = await sync_to_async(evidence)()
    assert written.count(b"proxy.request.rejected") == MOST + 1
    assert b'"address":"127.0.0.1","count":4,"reason":"too_many_failures"' in written


async def test_a_token_that_held_once_is_no_guess(gateway: AsgiClient, world: World) -> None:
    for entry in AccountsConfig.current().identity.keys.values():
        entry.expires = 0.0
    answers = [await gateway.bearing(world.key).get(PATH) for _ in range(MOST + 2)]
    assert {answer.status for answer in answers} == {401}


@pytest.mark.parametrize("place", ["/v1beta/models?key={}", "/v1/models?x={}", "/v1/models/{}"])
async def test_a_key_in_an_address_is_refused_and_flagged(
    gateway: AsgiClient, world: World, evidence: Evidence, place: str
) -> None:
    answer = await gateway.get(place.format(world.key))
    assert answer.status == 400
    await sync_to_async(write_down)(AccountsConfig.current().identity)
    key = await sync_to_async(ApiKey.objects.get)(name="app")
    assert key.leaked_at is not None and key.state == "active"
    written = await sync_to_async(evidence)()
    assert b"key.leaked.reported" in written and world.key.encode() not in written
    assert (await gateway.bearing(world.key).get(PATH)).status == 200
    await sync_to_async(key.replace_secret)(b"x" * 32, key.pepper, "abcd", timedelta())
    assert key.leaked_at is None


async def test_what_is_no_key_flags_nothing(gateway: AsgiClient, world: World) -> None:
    for text in (str(ApiKeyText.fresh()), "AIzaSy-something", world.key[:-1] + "!"):
        assert (await gateway.get(f"/v1beta/models?key={text}")).status == 400
    assert AccountsConfig.current().identity.leaked_keys == {}


@pytest.mark.django_db
def test_the_other_planes_flag_it_too(people: World, evidence: Evidence, client: Any) -> None:
    AccountsConfig.current().watcher.poll()
    assert asking.post(f"/oauth/token?key={people.key}", {"grant_type": "client_credentials"}).status_code == 400
    assert client.get(f"/api/v1/models?key={people.key}").status_code == 400
    assert len(AccountsConfig.current().identity.leaked_keys) == 1


@pytest.mark.parametrize("end", ["key", "signing_key"])
async def test_who_uses_what_was_ended_is_no_stranger(gateway: AsgiClient, world: World, end: str) -> None:
    def ended() -> str:
        if end == "key":
            revoke_api_key.execute(ApiKey.objects.get(name="app"))
            return world.key
        token = exchanged(world.key)
        compromise_signing_key.execute(SigningKey.objects.get())
        return token

    credential = await sync_to_async(ended)()
    await sync_to_async(AccountsConfig.current().watcher.poll)()
    answers = [await gateway.bearing(credential).get(PATH) for _ in range(MOST + 2)]
    assert {answer.status for answer in answers} == {401}
