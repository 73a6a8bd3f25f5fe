"""What an application does with the official Google Gen AI SDK, on a model behind any wire. Runs in its environment."""

import base64
import sys

from google import genai  # type: ignore[import-not-found]  # only in its own environment
from google.genai import errors, types  # type: ignore[import-not-found]
from pydantic import BaseModel

base_url, key, model, embedding_model = sys.argv[1:5]
client = genai.Client(api_key=key, http_options=types.HttpOptions(base_url=base_url))
models = client.models
TEXT, PNG = "Grüße, 世界", base64.b64decode("iVBORw0KGgo=")
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = [types.Tool(function_declarations=[types.FunctionDeclaration(name="get_weather", parameters_json_schema=CITY)])]


class Answer(BaseModel):
    a: int


def config(**more):  # type: ignore[no-untyped-def]
    by_hand = types.AutomaticFunctionCallingConfig(disable=True)
    return types.GenerateContentConfig(max_output_tokens=50, automatic_function_calling=by_hand, **more)


answer = models.generate_content(
    model=model, contents="hi", config=config(system_instruction="be brief", temperature=0.5)
)
assert answer.text == TEXT and answer.candidates[0].finish_reason == types.FinishReason.STOP
assert (answer.usage_metadata.prompt_token_count, answer.usage_metadata.candidates_token_count) == (11, 7)
chunks = list(models.generate_content_stream(model=model, contents="hi", config=config()))
assert "".join(chunk.text or "" for chunk in chunks) == TEXT
assert chunks[-1].usage_metadata.total_token_count == 18

for streamed in (False, True):
    if streamed:
        told = list(models.generate_content_stream(model=model, contents="hi", config=config(tools=TOOLS)))
        content = next(chunk.candidates[0].content for chunk in told if chunk.function_calls)
    else:
        content = models.generate_content(model=model, contents="hi", config=config(tools=TOOLS)).candidates[0].content
    (call,) = (part.function_call for part in content.parts if part.function_call)
    assert (call.name, call.args) == ("get_weather", {"city": "Köln"})
    result = types.FunctionResponse(id=call.id, name=call.name, response={"output": "sunny"})
    conversation = [
        types.Content(role="user", parts=[types.Part(text="hi")]), content,
        types.Content(role="user", parts=[types.Part(function_response=result)]),
    ]  # fmt: skip
    assert models.generate_content(model=model, contents=conversation, config=config(tools=TOOLS)).text == "it is sunny"

seen = ["what is it?", types.Part.from_bytes(data=PNG, mime_type="image/png")]
assert models.generate_content(model=model, contents=seen, config=config()).text == "a dot"
schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}
as_json = config(response_mime_type="application/json", response_json_schema=schema)
assert Answer.model_validate_json(models.generate_content(model=model, contents="hi", config=as_json).text) == Answer(
    a=1
)

TOKENS = [("Grüße", -0.125), (", ", -0.25), ("世界", -1.5)]
likely = config(response_logprobs=True, logprobs=1)
if model in ("over-openai_chat", "over-openai_responses", "over-gemini"):
    whole = models.generate_content(model=model, contents="hi", config=likely)
    streamed_likely = models.generate_content_stream(model=model, contents="hi", config=likely)
    results = [each.candidates[0].logprobs_result for each in (whole, *streamed_likely)]
    told_whole, told_streamed = (
        [(one.token, one.log_probability) for result in found if result for one in result.chosen_candidates]
        for found in (results[:1], results[1:])
    )
    assert told_whole == told_streamed == TOKENS, (told_whole, told_streamed)
else:
    try:
        models.generate_content(model=model, contents="hi", config=likely)
    except errors.ClientError as error:
        assert error.code == 400 and "responseLogprobs" in error.message, error
    else:
        raise AssertionError("nobody said how likely the tokens were")

vectors = models.embed_content(
    model=embedding_model,
    contents=[types.Content(role="user", parts=[types.Part(text=each)]) for each in ("one", "two")],
)
assert [each.values for each in vectors.embeddings] == [[0.25, -0.5]] * 2
if model != "over-gemini":  # that provider is asked itself
    assert models.count_tokens(model=model, contents="hi").total_tokens > 0
assert f"models/{model}" in {each.name for each in models.list()}
assert models.get(model=model).name == f"models/{model}"

try:
    models.generate_content(model="no-such-model", contents="hi")
except errors.ClientError as error:
    assert (error.code, error.status) == (404, "NOT_FOUND")
else:
    raise AssertionError("an unknown model was answered")
print("everything worked")
