// What an application sees with the official OpenAI SDK for JavaScript when something fails.
import assert from "node:assert/strict";
import OpenAI from "openai";

const [baseURL, apiKey, model] = process.argv.slice(2);
let sent = 0;
const counting = (...given) => { sent += 1; return fetch(...given); };
const client = new OpenAI({ baseURL: `${baseURL}/v1`, apiKey, fetch: counting });
const once = client.withOptions({ maxRetries: 0 });
const chat = (at, text, more) => at.chat.completions.create(
  { model, max_completion_tokens: 50, messages: [{ role: "user", content: text }], ...more });
const response = (at, text, more) => at.responses.create({ model, max_output_tokens: 50, store: false,
  input: [{ type: "message", role: "user", content: [{ type: "input_text", text }] }], ...more });

async function failure(ask, at, text = "hi", more = {}) {
  sent = 0;
  try {
    const answer = await ask(at, text, more);
    if (more.stream) for await (const _ of answer);
  } catch (error) {
    assert.ok(error instanceof OpenAI.APIError, error);
    return [error, sent];
  }
  throw new Error("it did not fail");
}

const EXPECTED = [[400, OpenAI.BadRequestError], [429, OpenAI.RateLimitError], [500, OpenAI.InternalServerError],
  [401, OpenAI.InternalServerError]]; // 401: our key is not the client's
for (const ask of [chat, response]) {
  for (const [status, kind] of EXPECTED) {
    const [error] = await failure(ask, once, `fail ${status}`);
    assert.ok(error instanceof kind && error.requestID, `${status}: ${error}`);
  }
  const [broken] = await failure(ask, once, "break off", { stream: true });
  assert.match(String(broken), /ended its answer with an error|overloaded or down/);
  const [spent, times] = await failure(ask, client, "hi", { model: "spent" }); // policy: not tried again
  assert.ok(spent instanceof OpenAI.RateLimitError && spent.type === "insufficient_quota", String(spent));
  assert.equal(times, 1);
  const [stranger, tries] = await failure(ask, client.withOptions({ apiKey: "gth_live_none" }));
  assert.ok(stranger instanceof OpenAI.AuthenticationError, String(stranger));
  assert.equal(tries, 1);
}
console.log("everything failed as it should");
