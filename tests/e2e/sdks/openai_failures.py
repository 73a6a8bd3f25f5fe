"""What an application sees with the official OpenAI SDK when something fails. Runs in the SDK's environment."""

import sys

import openai  # type: ignore[import-not-found]  # only in its own environment

base_url, key, model = sys.argv[1:4]
sent: list[str] = []
http = openai.DefaultHttpxClient(event_hooks={"request": [lambda request: sent.append(str(request.url))]})
client = openai.OpenAI(base_url=f"{base_url}/v1", api_key=key, http_client=http)
once = client.with_options(max_retries=0)


def chat(at, text, **more):  # type: ignore[no-untyped-def]
    most = {"max_completion_tokens": 50, "model": model, **more}
    return at.chat.completions.create(messages=[{"role": "user", "content": text}], **most)


def response(at, text, **more):  # type: ignore[no-untyped-def]
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
    return at.responses.create(input=[item], **{"max_output_tokens": 50, "model": model, "store": False, **more})


def failure(ask, at, text="hi", **more):  # type: ignore[no-untyped-def]
    """What is raised, and how often was asked for it."""
    sent.clear()
    try:
        answer = ask(at, text, **more)
        if more.get("stream"):
            for _ in answer:
                pass
    except openai.APIError as error:
        return error, len(sent)
    raise AssertionError("it did not fail")


EXPECTED = {400: openai.BadRequestError, 429: openai.RateLimitError, 500: openai.InternalServerError,
            401: openai.InternalServerError}  # fmt: skip  # 401: our key is not the client's
for ask in (chat, response):
    for status, kind in EXPECTED.items():
        error, _ = failure(ask, once, f"fail {status}")
        assert type(error) is kind, (status, error)
        assert error.request_id and error.response.headers["request-id"] == error.request_id, error
    error, _ = failure(ask, once, "break off", stream=True)
    assert any(words in str(error) for words in ("ended its answer with an error", "overloaded or down")), error

    # What is refused by policy is not tried again.
    error, times = failure(ask, client, model="spent")
    assert type(error) is openai.RateLimitError and error.type == "insufficient_quota" and times == 1, (
        error.body,
        times,
    )
    assert error.response.headers["x-should-retry"] == "false"
    error, times = failure(ask, client, model="no-such-model")
    assert type(error) is openai.NotFoundError and times == 1, (error, times)
    error, times = failure(ask, client.with_options(api_key="gth_live_none"))
    assert type(error) is openai.AuthenticationError and times == 1, (error, times)
print("everything failed as it should")
