// What an application does with the official Anthropic SDK for JavaScript, on a model behind any wire.
import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";

const [baseURL, apiKey, model] = process.argv.slice(2);
const client = new Anthropic({ baseURL, apiKey, maxRetries: 0 });
const TEXT = "Grüße, 世界", PNG = "iVBORw0KGgo=";
const HI = [{ role: "user", content: [{ type: "text", text: "hi" }] }];
const SCHEMA = { type: "object", properties: { a: { type: "integer" } }, required: ["a"], additionalProperties: false };
const CITY = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const tools = [{ name: "get_weather", input_schema: CITY }];
const ask = (more) => ({ model, max_tokens: 50, messages: HI, ...more });
const said = (message) => message.content.filter((block) => block.type === "text").map((block) => block.text).join("");

const answer = await client.messages.create(ask({ system: [{ type: "text", text: "be brief" }] }));
assert.equal(said(answer), TEXT);
assert.deepEqual([answer.usage.input_tokens, answer.usage.output_tokens, answer.stop_reason], [11, 7, "end_turn"]);
const stream = client.messages.stream(ask({}));
let told = "";
stream.on("text", (delta) => { told += delta; });
assert.equal(said(await stream.finalMessage()), TEXT);
assert.equal(told, TEXT);

const whole = await client.messages.create(ask({ tools }));
const streamed = await client.messages.stream(ask({ tools })).finalMessage();
for (const called of [whole, streamed]) {
  const { id, name, input } = called.content.find((block) => block.type === "tool_use");
  assert.deepEqual([name, input, called.stop_reason], ["get_weather", { city: "Köln" }, "tool_use"]);
  const result = { type: "tool_result", tool_use_id: id, content: [{ type: "text", text: "sunny" }] };
  const messages = [...HI, { role: "assistant", content: [{ type: "tool_use", id, name, input }] },
    { role: "user", content: [result] }];
  assert.equal(said(await client.messages.create(ask({ tools, messages }))), "it is sunny");
}
const image = { type: "image", source: { type: "base64", media_type: "image/png", data: PNG } };
const seen = [{ role: "user", content: [{ type: "text", text: "what is it?" }, image] }];
assert.equal(said(await client.messages.create(ask({ messages: seen }))), "a dot");
const output_config = { format: { type: "json_schema", schema: SCHEMA } };
assert.deepEqual(JSON.parse(said(await client.messages.create(ask({ output_config })))), { a: 1 });

if (model !== "over-anthropic_messages") { // that provider is asked itself
  assert.ok((await client.messages.countTokens({ model, messages: HI })).input_tokens > 0);
}
const listed = [];
for await (const each of client.models.list({ limit: 1000 })) listed.push(each.id);
assert.ok(listed.includes(model));
await assert.rejects(client.messages.create({ ...ask({}), model: "no-such-model" }), Anthropic.NotFoundError);
console.log("everything worked");
