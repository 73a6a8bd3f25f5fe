import orjson

from llmproxy.simulator.server import REMEMBERED
from tests.llmproxy.simulator.test_server import BODY, KEY, call, running


async def test_a_request_is_shown_whole() -> None:
    async with running() as port:
        await call(port, "/v1/chat/completions", BODY % b"")
        answer = await call(port, "/_requests")
    (seen,) = orjson.loads(answer[answer.index(b'{"requests"') : answer.rindex(b"}") + 1])["requests"]
    assert (seen["method"], seen["path"]) == ("POST", "/v1/chat/completions")
    assert seen["headers"]["authorization"] == f"Bearer {KEY}"
    assert seen["body"].encode() == BODY % b""


async def test_the_oldest_requests_are_forgotten() -> None:
    async with running() as port:
        for number in range(REMEMBERED + 2):
            await call(port, f"/v1/models/{number}")
        answer = await call(port, "/_requests")
    assert answer.count(b'"method"') == REMEMBERED
    assert b'/v1/models/1"' not in answer and b'/v1/models/2"' in answer


async def test_a_wrong_key_is_quoted_only_in_part() -> None:
    async with running() as port:
        answer = await call(port, "/v1/models", key="sk-wrong-key-12345678")
    assert b"sk-wrong" in answer and b"sk-wrong-key-12345678" not in answer
