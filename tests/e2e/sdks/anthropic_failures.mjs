// What an application sees with the official Anthropic SDK for JavaScript when something fails.
import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";

const [baseURL, apiKey, model] = process.argv.slice(2);
let sent = 0;
const counting = (...given) => { sent += 1; return fetch(...given); };
const client = new Anthropic({ baseURL, apiKey, fetch: counting });
const once = client.withOptions({ maxRetries: 0 });

async function failure(at, text = "hi", more = {}) {
  sent = 0;
  try {
    const messages = [{ role: "user", content: [{ type: "text", text }] }];
    const answer = await at.messages.create({ model, max_tokens: 50, messages, ...more });
    if (more.stream) for await (const _ of answer);
  } catch (error) {
    assert.ok(error instanceof Anthropic.APIError, error);
    return [error, sent];
  }
  throw new Error("it did not fail");
}

const EXPECTED = [[400, Anthropic.BadRequestError, "invalid_request_error"],
  [429, Anthropic.RateLimitError, "rate_limit_error"], [500, Anthropic.InternalServerError, "api_error"],
  [401, Anthropic.InternalServerError, "api_error"]]; // 401: our key is not the client's
for (const [status, kind, type] of EXPECTED) {
  const [error] = await failure(once, `fail ${status}`);
  assert.ok(error instanceof kind && error.requestID, `${status}: ${error}`);
  assert.equal(error.error.error.type, type);
}
const [broken] = await failure(once, "break off", { stream: true });
assert.match(String(broken), /ended its answer with an error|overloaded or down/);
const [spent, times] = await failure(client, "hi", { model: "spent" }); // policy: not tried again
assert.ok(spent instanceof Anthropic.RateLimitError, String(spent));
assert.equal(times, 1);
const [stranger, tries] = await failure(client.withOptions({ apiKey: "gth_live_none" }));
assert.ok(stranger instanceof Anthropic.AuthenticationError, String(stranger));
assert.equal(tries, 1);
console.log("everything failed as it should");
