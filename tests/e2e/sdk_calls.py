"""What an application does with the official OpenAI SDK. Runs in that SDK's own virtual environment."""

import json
import sys

import openai  # type: ignore[import-not-found]  # only in its own environment

base_url, key, model, embedding_model = sys.argv[1:5]
client = openai.OpenAI(base_url=f"{base_url}/v1", api_key=key, max_retries=0)
messages = [{"role": "user", "content": "What is the weather in Berlin?"}]
tool = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}

answer = client.chat.completions.create(model=model, messages=messages)
assert answer.choices[0].message.content
assert answer.usage and answer.usage.total_tokens > 0
assert answer._request_id

parts = [chunk.choices[0].delta.content or "" for chunk in client.chat.completions.create(
    model=model, messages=messages, stream=True) if chunk.choices]  # fmt: skip
assert "".join(parts) == answer.choices[0].message.content

chunks = list(client.chat.completions.create(
    model=model, messages=messages, stream=True, stream_options={"include_usage": True}))  # fmt: skip
assert chunks[-1].usage and chunks[-1].usage.total_tokens > 0

called = client.chat.completions.create(model=model, messages=messages, tools=[tool], tool_choice="required")
call = called.choices[0].message.tool_calls[0]
assert call.function.name == "get_weather" and isinstance(json.loads(call.function.arguments), dict)
assert called.choices[0].finish_reason == "tool_calls"

question = [{"role": "user", "content": "Answer in JSON."}]
as_json = client.chat.completions.create(model=model, messages=question, response_format={"type": "json_object"})
assert isinstance(json.loads(as_json.choices[0].message.content), dict)

vectors = client.embeddings.create(model=embedding_model, input=["one", "two"])
assert len(vectors.data) == 2 and len(vectors.data[0].embedding) > 1

assert model in {one.id for one in client.models.list()}
assert client.models.retrieve(model).id == model

try:
    client.chat.completions.create(model="no-such-model", messages=messages)
except openai.NotFoundError as error:
    assert error.code == "model_not_found"
else:
    raise AssertionError("an unknown model was answered")

try:
    openai.OpenAI(base_url=f"{base_url}/v1", api_key="wrong", max_retries=0).models.list()
except openai.AuthenticationError:
    pass
else:
    raise AssertionError("a wrong key was accepted")
print("everything worked")
