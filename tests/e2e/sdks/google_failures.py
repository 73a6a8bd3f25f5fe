"""What an application sees with the official Google Gen AI SDK when something fails. Runs in its environment."""

import sys

from google import genai  # type: ignore[import-not-found]  # only in its own environment
from google.genai import errors, types  # type: ignore[import-not-found]

base_url, key, model = sys.argv[1:4]
options = types.HttpOptions(base_url=base_url)
client = genai.Client(api_key=key, http_options=options)
LIMIT = types.GenerateContentConfig(max_output_tokens=50)


def failure(at, text="hi", streamed=False, **more):  # type: ignore[no-untyped-def]
    """What is raised."""
    asked = {"model": model, "contents": text, "config": LIMIT, **more}
    try:
        if streamed:
            list(at.models.generate_content_stream(**asked))
        else:
            at.models.generate_content(**asked)
    except errors.APIError as error:
        return error
    raise AssertionError("it did not fail")


EXPECTED = {400: (errors.ClientError, 400, "INVALID_ARGUMENT"), 429: (errors.ClientError, 429, "RESOURCE_EXHAUSTED"),
            500: (errors.ServerError, 502, None), 401: (errors.ServerError, 502, None)}  # fmt: skip
for status, (kind, code, name) in EXPECTED.items():
    error = failure(client, f"fail {status}")
    assert type(error) is kind and error.code == code and (name is None or error.status == name), (status, error)
error = failure(client, "break off", streamed=True)
assert error.code in (500, 502, 503) and error.message, error

error = failure(client, model="spent")
assert (error.code, error.status) == (429, "RESOURCE_EXHAUSTED"), error
assert failure(client, model="no-such-model").code == 404
error = failure(genai.Client(api_key="gth_live_none", http_options=options))
assert (error.code, error.status) == (401, "UNAUTHENTICATED"), error
print("everything failed as it should")
