"""Each scheme and each form of address against a server that refuses what the real one would refuse."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import orjson
import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.db import connections

from llmproxy.models import ModelDeployment, Provider, ProviderCredential
from tests import aws_signature
from tests.asgi_client import AsgiClient
from tests.gateway_world import SECRET, World
from tests.upstream import ANSWER, Received, Reply, Upstream

ASK = {"model": "public", "messages": [{"role": "user", "content": "hi"}]}
AWS_ID, AWS_KEY = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ENTRA = orjson.dumps({"tenant_id": "t", "client_id": "c", "client_secret": SECRET}).decode()
AZURE = {"api_version": "2024-10-21"}
NOBODYS = {"authorization", "api-key", "x-api-key"}


class Case(NamedTuple):
    """A provider's row, and what its server accepts."""

    row: dict[str, object]
    secret: str
    target: str
    accepts: Callable[[Received], bool]
    token: str = ""


def only(header: str, value: str) -> Callable[[Received], bool]:
    """The credential stands there and nowhere else."""
    return lambda got: got.headers.get(header) == value and not (NOBODYS - {header}) & got.headers.keys()


def signed(got: Received) -> bool:
    return aws_signature.is_valid(got.method, got.target, got.headers, got.body, AWS_KEY, "eu-central-1")


CASES = {
    "bearer": Case({}, SECRET, "/chat/completions", only("authorization", f"Bearer {SECRET}")),
    "header": Case(
        {"auth_scheme": "header", "auth_header_name": "X-Api-Key"}, SECRET, "/chat/completions",
        only("x-api-key", SECRET),
    ),
    "query": Case(
        {"auth_scheme": "query", "auth_header_name": "key"}, "a+b/c=d e", "/chat/completions?key=a%2Bb%2Fc%3Dd%20e",
        lambda got: not NOBODYS & got.headers.keys(),
    ),
    "none": Case({"auth_scheme": "none"}, SECRET, "/chat/completions", lambda got: not NOBODYS & got.headers.keys()),
    "portkey": Case(
        {"auth_scheme": "header", "auth_header_name": "x-portkey-api-key",
         "quirks": {"extra_headers": {"x-portkey-virtual-key": "vk-1"}}},
        SECRET, "/chat/completions",
        lambda got: {"x-portkey-api-key": SECRET, "x-portkey-virtual-key": "vk-1"}.items() <= got.headers.items(),
    ),
    "azure key": Case(
        {"adapter": "azure_openai", "auth_scheme": "header", "auth_header_name": "api-key", "options": AZURE}, SECRET,
        "/openai/deployments/up-public/chat/completions?api-version=2024-10-21", only("api-key", SECRET),
    ),
    "azure entra": Case(
        {"adapter": "azure_openai", "auth_scheme": "azure_ad", "options": AZURE}, ENTRA,
        "/openai/deployments/up-public/chat/completions?api-version=2024-10-21",
        only("authorization", "Bearer fetched-token"), token="fetched-token",
    ),
    "bedrock": Case(
        {"adapter": "bedrock", "auth_scheme": "aws_sigv4", "options": {"region": "eu-central-1"}},
        f"{AWS_ID}:{AWS_KEY}", "/openai/v1/chat/completions", signed,
    ),
    "vertex": Case(
        {"adapter": "vertex", "options": {"project": "p", "region": "r"}}, SECRET,
        "/v1/projects/p/locations/r/endpoints/openapi/chat/completions", only("authorization", f"Bearer {SECRET}"),
    ),
}  # fmt: skip


def configure(case: Case, port: int) -> None:
    """The world's provider becomes the one of the case."""
    provider = Provider.objects.get()
    for name, value in {"base_url": f"http://127.0.0.1:{port}", **case.row}.items():
        setattr(provider, name, value)
    provider.full_clean()
    provider.save()
    ProviderCredential.objects.all().delete()
    credential = ProviderCredential(provider=provider)
    credential.set_secret(case.secret)
    if case.token:
        credential.set_access_token(case.token, datetime.now(UTC) + timedelta(hours=1))
    credential.save()
    apps.get_app_config("accounts").watcher.poll()
    connections.close_all()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("stream", [False, True])
async def test_a_strict_server_accepts_the_call(
    gateway: AsgiClient, world: World, upstream: Upstream, name: str, stream: bool
) -> None:
    case = CASES[name]

    async def strict(got: Received, reply: Reply) -> None:
        body = got.json()
        if got.method != "POST" or got.target != case.target or not case.accepts(got) or body["model"] != "up-public":
            await reply.json({"error": {"message": f"refused: {got}"}}, 400)
        elif not stream:
            await reply.json(ANSWER)
        else:
            await reply.start_stream()
            await reply.event({"choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": "stop"}]})
            await reply.end_stream()

    upstream.script = strict
    await sync_to_async(configure)(case, upstream.port)
    answer = await gateway.bearing(world.key).post("/v1/chat/completions", {**ASK, "stream": stream})
    assert answer.status == 200, answer.body
    assert SECRET not in answer.body.decode()


@pytest.mark.parametrize(("scheme", "secret"), [("bearer", SECRET), ("aws_sigv4", f"{AWS_ID}:{'x' * 40}")])
async def test_a_wrong_key_is_our_fault_and_not_the_clients(
    gateway: AsgiClient, world: World, upstream: Upstream, scheme: str, secret: str
) -> None:
    async def strict(got: Received, reply: Reply) -> None:
        await reply.json({"message": f"The signature of {secret} does not match."}, 200 if signed(got) else 403)

    upstream.script = strict
    case = Case({"auth_scheme": scheme, "options": {"region": "eu-central-1"}}, secret, "", lambda _: True)
    await sync_to_async(configure)(case, upstream.port)
    answer = await gateway.bearing(world.key).post("/v1/chat/completions", ASK)
    assert (answer.status, answer.json()["error"]["code"]) == (502, "upstream_auth_error")
    assert secret not in answer.body.decode()


async def test_a_model_name_cannot_leave_its_place_in_the_address(
    gateway: AsgiClient, world: World, upstream: Upstream
) -> None:
    def rename() -> None:
        configure(CASES["azure key"], upstream.port)
        ModelDeployment.objects.filter(upstream_model="up-public").update(upstream_model="../../admin?x=#")
        apps.get_app_config("accounts").watcher.poll()
        connections.close_all()

    await sync_to_async(rename)()
    await gateway.bearing(world.key).post("/v1/chat/completions", ASK)
    assert upstream.received[0].target == (
        "/openai/deployments/..%2F..%2Fadmin%3Fx%3D%23/chat/completions?api-version=2024-10-21"
    )
