"""What an application sees with the official Anthropic SDK when something fails. Runs in the SDK's environment."""

import sys

import anthropic  # type: ignore[import-not-found]  # only in its own environment

base_url, key, model = sys.argv[1:4]
sent: list[str] = []
http = anthropic.DefaultHttpxClient(event_hooks={"request": [lambda request: sent.append(str(request.url))]})
client = anthropic.Anthropic(base_url=base_url, api_key=key, http_client=http)
once = client.with_options(max_retries=0)


def failure(at, text="hi", **more):  # type: ignore[no-untyped-def]
    """What is raised, and how often was asked for it."""
    sent.clear()
    messages = [{"role": "user", "content": [{"type": "text", "text": text}]}]
    try:
        answer = at.messages.create(messages=messages, **{"max_tokens": 50, "model": model, **more})
        if more.get("stream"):
            for _ in answer:
                pass
    except anthropic.APIError as error:
        return error, len(sent)
    raise AssertionError("it did not fail")


EXPECTED = {400: (anthropic.BadRequestError, "invalid_request_error"),
            429: (anthropic.RateLimitError, "rate_limit_error"),
            500: (anthropic.InternalServerError, "api_error"),
            401: (anthropic.InternalServerError, "api_error")}  # fmt: skip  # 401: our key is not the client's
for status, (kind, name) in EXPECTED.items():
    error, _ = failure(once, f"fail {status}")
    assert isinstance(error, kind) and error.body["error"]["type"] == name, (status, error)
    assert error.request_id and error.body["request_id"] == error.request_id, error
error, _ = failure(once, "break off", stream=True)
assert error.body["type"] == "error" and error.body["error"]["type"] in ("api_error", "overloaded_error"), error

# What is refused by policy is not tried again.
error, times = failure(client, model="spent")
assert type(error) is anthropic.RateLimitError and times == 1, (error, times)
assert error.response.headers["x-should-retry"] == "false"
error, times = failure(client, model="no-such-model")
assert type(error) is anthropic.NotFoundError and times == 1, (error, times)
error, times = failure(client.with_options(api_key="gth_live_none"))
assert type(error) is anthropic.AuthenticationError and times == 1, (error, times)
print("everything failed as it should")
