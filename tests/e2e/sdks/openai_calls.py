"""What an application does with the official OpenAI SDK, on a model behind any wire. Runs in the SDK's environment."""

import json
import sys

import openai  # type: ignore[import-not-found]  # only in its own environment
from pydantic import BaseModel

base_url, key, model, embedding_model = sys.argv[1:5]
client = openai.OpenAI(base_url=f"{base_url}/v1", api_key=key, max_retries=0)
TEXT, PNG = "Grüße, 世界", "data:image/png;base64,iVBORw0KGgo="
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
HI = [{"role": "user", "content": "hi"}]
MOST = {"model": model, "max_completion_tokens": 50}


class Answer(BaseModel):
    a: int


# Chat completions.
chat = client.chat.completions
answer = chat.create(messages=[{"role": "system", "content": "be brief"}, *HI], temperature=0.5, **MOST)
assert answer.choices[0].message.content == TEXT and answer.choices[0].finish_reason == "stop"
assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (11, 7) and answer.model
with chat.stream(messages=HI, stream_options={"include_usage": True}, **MOST) as stream:
    told = "".join(event.delta for event in stream if event.type == "content.delta")
    final = stream.get_final_completion()
assert told == TEXT == final.choices[0].message.content and final.usage.total_tokens == 18

tools = [{"type": "function", "function": {"name": "get_weather", "parameters": CITY}}]
for streamed in (False, True):
    if streamed:
        with chat.stream(messages=HI, tools=tools, **MOST) as stream:
            called = stream.get_final_completion()
    else:
        called = chat.create(messages=HI, tools=tools, tool_choice="auto", **MOST)
    message = called.choices[0].message
    (call,) = message.tool_calls
    assert json.loads(call.function.arguments) == {"city": "Köln"} and call.function.name == "get_weather"
    assert called.choices[0].finish_reason == "tool_calls"
    function = {"name": call.function.name, "arguments": call.function.arguments}
    told = [{"id": call.id, "type": "function", "function": function}]
    asked = {"role": "assistant", "content": message.content, "tool_calls": told}
    result = {"role": "tool", "tool_call_id": call.id, "content": "sunny"}
    assert chat.create(messages=[*HI, asked, result], tools=tools, **MOST).choices[0].message.content == "it is sunny"

seen = [{"type": "text", "text": "what is it?"}, {"type": "image_url", "image_url": {"url": PNG}}]
assert chat.create(messages=[{"role": "user", "content": seen}], **MOST).choices[0].message.content == "a dot"
assert chat.parse(messages=HI, response_format=Answer, **MOST).choices[0].message.parsed == Answer(a=1)

# Tools of free text: as they are between OpenAI's wires, as functions elsewhere.
PATCH = '*** Begin Patch\n+Grüße "\\" 世界\n*** End Patch\n'
grammar = {"type": "grammar", "grammar": {"syntax": "lark", "definition": 'start: "*** Begin Patch" /(.|\n)+/'}}
custom = [{"type": "custom", "custom": {"name": "apply_patch", "description": "Edits.", "format": grammar}}]
(call,) = chat.create(messages=HI, tools=custom, **MOST).choices[0].message.tool_calls
assert (call.type, call.custom.name, call.custom.input) == ("custom", "apply_patch", PATCH)
deltas = [
    piece.to_dict()
    for chunk in chat.create(messages=HI, tools=custom, stream=True, **MOST)
    for choice in chunk.choices
    for piece in choice.delta.tool_calls or ()
]
assert (deltas[0]["type"], deltas[0]["custom"]["name"]) == ("custom", "apply_patch")
assert "".join(each["custom"]["input"] for each in deltas) == PATCH
asked = {"role": "assistant", "tool_calls": [call.to_dict()]}
result = {"role": "tool", "tool_call_id": call.id, "content": "patched"}
assert chat.create(messages=[*HI, asked, result], tools=custom, **MOST).choices[0].message.content == "it is patched"

# How likely the tokens were.
TOKENS = [("Grüße", -0.125), (", ", -0.25), ("世界", -1.5)]
TELLS = model in ("over-openai_chat", "over-openai_responses", "over-gemini")
if TELLS:
    scores = chat.create(messages=HI, logprobs=True, top_logprobs=1, **MOST).choices[0].logprobs.content
    assert [(each.token, each.logprob) for each in scores] == TOKENS and scores[0].top_logprobs[0].token == "Grüße"
    with chat.stream(messages=HI, logprobs=True, **MOST) as stream:
        streamed_scores = stream.get_final_completion().choices[0].logprobs.content
    assert [(each.token, each.logprob) for each in streamed_scores] == TOKENS
else:
    try:
        chat.create(messages=HI, logprobs=True, **MOST)
    except openai.BadRequestError as error:
        assert (error.param, error.code) == ("logprobs", "unsupported_parameter"), error
    else:
        raise AssertionError("nobody said how likely the tokens were")

# Responses.
responses = client.responses
MOST = {"model": model, "max_output_tokens": 50, "store": False}
items = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}]
response = responses.create(input=items, instructions="be brief", **MOST)
assert response.output_text == TEXT and response.status == "completed" and response.usage.total_tokens == 18
with responses.stream(input=items, **MOST) as stream:
    told = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
    assert told == TEXT == stream.get_final_response().output_text
function = {"type": "function", "name": "get_weather", "parameters": CITY, "strict": False}
with responses.stream(input=items, tools=[function], **MOST) as stream:
    streamed_call = [item for item in stream.get_final_response().output if item.type == "function_call"]
whole_call = [
    item for item in responses.create(input=items, tools=[function], **MOST).output if item.type == "function_call"
]
for (called,) in (streamed_call, whole_call):
    assert (called.name, json.loads(called.arguments)) == ("get_weather", {"city": "Köln"})
    told = [
        {"type": "function_call", "call_id": called.call_id, "name": called.name, "arguments": called.arguments},
        {"type": "function_call_output", "call_id": called.call_id, "output": "sunny"},
    ]
    assert responses.create(input=[*items, *told], tools=[function], **MOST).output_text == "it is sunny"
seen = [{"type": "input_text", "text": "?"}, {"type": "input_image", "image_url": PNG, "detail": "auto"}]
looked = responses.create(input=[{"type": "message", "role": "user", "content": seen}], **MOST)
assert looked.output_text == "a dot"
assert responses.parse(input=items, text_format=Answer, **MOST).output_parsed == Answer(a=1)

patch = {"type": "custom", "name": "apply_patch", "format": {"type": "grammar", **grammar["grammar"]}}
with responses.stream(input=items, tools=[patch], **MOST) as stream:
    told = "".join(event.delta for event in stream if event.type == "response.custom_tool_call_input.delta")
    streamed_call = stream.get_final_response().output
assert told == PATCH
for (called,) in (streamed_call, responses.create(input=items, tools=[patch], **MOST).output):
    assert (called.type, called.name, called.input) == ("custom_tool_call", "apply_patch", PATCH)
    told = [
        {"type": "custom_tool_call", "call_id": called.call_id, "name": called.name, "input": called.input},
        {"type": "custom_tool_call_output", "call_id": called.call_id, "output": "patched"},
    ]
    assert responses.create(input=[*items, *told], tools=[patch], **MOST).output_text == "it is patched"
if TELLS:
    asked = {"include": ["message.output_text.logprobs"], "top_logprobs": 1}
    scores = responses.create(input=items, **asked, **MOST).output[0].content[0].logprobs
    with responses.stream(input=items, **asked, **MOST) as stream:
        told = [score for each in stream if each.type == "response.output_text.delta" for score in each.logprobs]
    for found in (scores, told):
        assert [(each.token, each.logprob) for each in found] == TOKENS

# Embeddings and the list of models.
for more in ({}, {"encoding_format": "float"}):
    vectors = client.embeddings.create(model=embedding_model, input=["one", "two"], **more)
    assert [each.embedding for each in vectors.data] == [[0.25, -0.5]] * 2
assert {model, embedding_model} <= {each.id for each in client.models.list()}
assert client.models.retrieve(model).id == model

if model != "over-openai_responses":  # OpenAI itself keeps answers
    try:
        responses.create(input="hi", previous_response_id="resp_1", model=model)
    except openai.BadRequestError as error:
        assert (error.param, error.code) == ("previous_response_id", "unsupported_parameter"), error
    else:
        raise AssertionError("what nobody keeps was built upon")
print("everything worked")
