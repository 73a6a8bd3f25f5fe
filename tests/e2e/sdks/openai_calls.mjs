// What an application does with the official OpenAI SDK for JavaScript, on a model behind any wire.
import assert from "node:assert/strict";
import OpenAI from "openai";

const [baseURL, apiKey, model, embeddingModel] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${baseURL}/v1`, apiKey, maxRetries: 0 });
const TEXT = "Grüße, 世界", PNG = "data:image/png;base64,iVBORw0KGgo=";
const CITY = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const SCHEMA = { type: "object", properties: { a: { type: "integer" } }, required: ["a"], additionalProperties: false };
const HI = [{ role: "user", content: "hi" }];
const chat = (more) => ({ model, max_completion_tokens: 50, messages: HI, ...more });

const answer = await client.chat.completions.create(chat({ temperature: 0.5 }));
assert.equal(answer.choices[0].message.content, TEXT);
assert.equal(answer.usage.total_tokens, 18);
const stream = client.chat.completions.stream(chat({ stream_options: { include_usage: true } }));
let told = "";
stream.on("content", (delta) => { told += delta; });
const final = await stream.finalChatCompletion();
assert.equal(told, TEXT);
assert.equal(final.usage.total_tokens, 18);

const tools = [{ type: "function", function: { name: "get_weather", parameters: CITY } }];
const whole = await client.chat.completions.create(chat({ tools, tool_choice: "auto" }));
const streamed = await client.chat.completions.stream(chat({ tools })).finalChatCompletion();
for (const called of [whole, streamed]) {
  const [call] = called.choices[0].message.tool_calls;
  assert.equal(call.function.name, "get_weather");
  assert.deepEqual(JSON.parse(call.function.arguments), { city: "Köln" });
  assert.equal(called.choices[0].finish_reason, "tool_calls");
  const { id } = call, { name, arguments: given } = call.function;
  const asked = { role: "assistant", content: "let me look",
    tool_calls: [{ id, type: "function", function: { name, arguments: given } }] };
  const messages = [...HI, asked, { role: "tool", tool_call_id: id, content: "sunny" }];
  const then = await client.chat.completions.create(chat({ tools, messages }));
  assert.equal(then.choices[0].message.content, "it is sunny");
}
const seen = [{ type: "text", text: "what is it?" }, { type: "image_url", image_url: { url: PNG } }];
const looked = await client.chat.completions.create(chat({ messages: [{ role: "user", content: seen }] }));
assert.equal(looked.choices[0].message.content, "a dot");
const response_format = { type: "json_schema", json_schema: { name: "answer", strict: true, schema: SCHEMA } };
const parsed = await client.chat.completions.parse(chat({ response_format }));
assert.deepEqual(parsed.choices[0].message.parsed ?? JSON.parse(parsed.choices[0].message.content), { a: 1 });

const PATCH = '*** Begin Patch\n+Grüße "\\" 世界\n*** End Patch\n';
const grammar = { syntax: "lark", definition: 'start: "*** Begin Patch" /(.|\n)+/' };
const custom = { tools: [{ type: "custom", custom: { name: "apply_patch", format: { type: "grammar", grammar } } }] };
const [patching] = (await client.chat.completions.create(chat(custom))).choices[0].message.tool_calls;
assert.deepEqual([patching.type, patching.custom], ["custom", { name: "apply_patch", input: PATCH }]);
let piecewise = "";
for await (const { choices } of await client.chat.completions.create(chat({ ...custom, stream: true }))) {
  for (const call of choices[0]?.delta.tool_calls ?? []) piecewise += call.custom.input;
}
assert.equal(piecewise, PATCH);
const patched = [...HI, { role: "assistant", tool_calls: [patching] },
  { role: "tool", tool_call_id: patching.id, content: "patched" }];
assert.equal((await client.chat.completions.create(chat({ ...custom, messages: patched }))).choices[0].message.content,
  "it is patched");

const TOKENS = [["Grüße", -0.125], [", ", -0.25], ["世界", -1.5]];
const pairs = (scores) => scores.map(({ token, logprob }) => [token, logprob]);
const tells = ["over-openai_chat", "over-openai_responses", "over-gemini"].includes(model);
if (tells) {
  const likely = await client.chat.completions.create(chat({ logprobs: true, top_logprobs: 1 }));
  assert.deepEqual(pairs(likely.choices[0].logprobs.content), TOKENS);
  const running = await client.chat.completions.stream(chat({ logprobs: true })).finalChatCompletion();
  assert.deepEqual(pairs(running.choices[0].logprobs.content), TOKENS);
} else {
  await assert.rejects(client.chat.completions.create(chat({ logprobs: true })),
    (error) => error instanceof OpenAI.BadRequestError && error.param === "logprobs");
}

const items = [{ type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] }];
const ask = (more) => ({ model, max_output_tokens: 50, store: false, input: items, ...more });
const response = await client.responses.create(ask({ instructions: "be brief" }));
assert.equal(response.output_text, TEXT);
const running = client.responses.stream(ask({}));
let heard = "";
running.on("response.output_text.delta", (event) => { heard += event.delta; });
assert.equal((await running.finalResponse()).output_text, TEXT);
assert.equal(heard, TEXT);
const calling = { tools: [{ type: "function", name: "get_weather", parameters: CITY, strict: false }] };
const outputs = [await client.responses.create(ask(calling)), await client.responses.stream(ask(calling)).finalResponse()];
for (const { output } of outputs) {
  const { call_id, name, arguments: given } = output.find((item) => item.type === "function_call");
  assert.deepEqual(JSON.parse(given), { city: "Köln" });
  const input = [...items, { type: "function_call", call_id, name, arguments: given },
    { type: "function_call_output", call_id, output: "sunny" }];
  assert.equal((await client.responses.create(ask({ ...calling, input }))).output_text, "it is sunny");
}
const patch = { tools: [{ type: "custom", name: "apply_patch", format: { type: "grammar", ...grammar } }] };
const patching_ = client.responses.stream(ask(patch));
let typed = "";
patching_.on("response.custom_tool_call_input.delta", (event) => { typed += event.delta; });
const patches = [await patching_.finalResponse(), await client.responses.create(ask(patch))];
assert.equal(typed, PATCH);
for (const { output: [{ type, call_id, name, input: given }] } of patches) {
  assert.deepEqual([type, name, given], ["custom_tool_call", "apply_patch", PATCH]);
  const input = [...items, { type, call_id, name, input: given },
    { type: "custom_tool_call_output", call_id, output: "patched" }];
  assert.equal((await client.responses.create(ask({ ...patch, input }))).output_text, "it is patched");
}
if (tells) {
  const asked = ask({ include: ["message.output_text.logprobs"], top_logprobs: 1 });
  assert.deepEqual(pairs((await client.responses.create(asked)).output[0].content[0].logprobs), TOKENS);
  const running = client.responses.stream(asked);
  const likely = [];
  running.on("response.output_text.delta", (event) => likely.push(...event.logprobs));
  await running.finalResponse();
  assert.deepEqual(pairs(likely), TOKENS);
}
const text = { format: { type: "json_schema", name: "answer", strict: true, schema: SCHEMA } };
assert.deepEqual(JSON.parse((await client.responses.parse(ask({ text }))).output_text), { a: 1 });

const vectors = await client.embeddings.create({ model: embeddingModel, input: ["one", "two"] });
assert.deepEqual(vectors.data.map((each) => [...each.embedding]), [[0.25, -0.5], [0.25, -0.5]]);
const listed = [];
for await (const each of client.models.list()) listed.push(each.id);
assert.ok(listed.includes(model) && listed.includes(embeddingModel));
await assert.rejects(client.chat.completions.create({ ...chat({}), model: "no-such-model" }), OpenAI.NotFoundError);
console.log("everything worked");
