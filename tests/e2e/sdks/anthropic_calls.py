"""What an application does with the official Anthropic SDK, on a model behind any wire. Runs in its environment."""

import sys

import anthropic  # type: ignore[import-not-found]  # only in its own environment
from pydantic import BaseModel

base_url, key, model, _ = sys.argv[1:5]
client = anthropic.Anthropic(base_url=base_url, api_key=key, max_retries=0)
TEXT, PNG = "Grüße, 世界", "iVBORw0KGgo="
HI = [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]
MOST = {"model": model, "max_tokens": 50}
TOOL = {
    "name": "get_weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


class Answer(BaseModel):
    a: int


def said(message) -> str:  # type: ignore[no-untyped-def]
    return "".join(block.text for block in message.content if block.type == "text")


answer = client.messages.create(messages=HI, system=[{"type": "text", "text": "be brief"}], **MOST)
assert said(answer) == TEXT and answer.stop_reason == "end_turn" and answer.type == "message"
assert (answer.usage.input_tokens, answer.usage.output_tokens) == (11, 7)
with client.messages.stream(messages=HI, **MOST) as stream:
    told = "".join(stream.text_stream)
    final = stream.get_final_message()
assert told == TEXT == said(final) and final.usage.output_tokens == 7 and final.stop_reason == "end_turn"

for streamed in (False, True):
    if streamed:
        with client.messages.stream(messages=HI, tools=[TOOL], **MOST) as stream:
            called = stream.get_final_message()
    else:
        called = client.messages.create(messages=HI, tools=[TOOL], tool_choice={"type": "auto"}, **MOST)
    (use,) = (block for block in called.content if block.type == "tool_use")
    assert (use.name, use.input, called.stop_reason) == ("get_weather", {"city": "Köln"}, "tool_use")
    asked = {"role": "assistant", "content": [{"type": "tool_use", "id": use.id, "name": use.name, "input": use.input}]}
    result = {"type": "tool_result", "tool_use_id": use.id, "content": [{"type": "text", "text": "sunny"}]}
    conversation = [*HI, asked, {"role": "user", "content": [result]}]
    assert said(client.messages.create(messages=conversation, tools=[TOOL], **MOST)) == "it is sunny"

image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
seen = [{"role": "user", "content": [{"type": "text", "text": "what is it?"}, image]}]
assert said(client.messages.create(messages=seen, **MOST)) == "a dot"
assert client.messages.parse(messages=HI, output_format=Answer, **MOST).parsed_output == Answer(a=1)

if model != "over-anthropic_messages":  # that provider is asked itself
    assert client.messages.count_tokens(model=model, messages=HI).input_tokens > 0
assert model in {each.id for each in client.models.list(limit=1000)}
assert client.models.retrieve(model).id == model

try:
    client.messages.create(model="no-such-model", max_tokens=5, messages=HI)
except anthropic.NotFoundError as error:
    assert error.body["error"]["type"] == "not_found_error"
else:
    raise AssertionError("an unknown model was answered")
print("everything worked")
