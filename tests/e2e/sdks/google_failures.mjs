// What an application sees with the official Google Gen AI SDK for JavaScript when something fails.
import assert from "node:assert/strict";
import { ApiError, GoogleGenAI } from "@google/genai";

const [baseUrl, apiKey, model] = process.argv.slice(2);
const client = new GoogleGenAI({ apiKey, httpOptions: { baseUrl } });

async function failure(at, contents = "hi", more = {}, streamed = false) {
  try {
    const asked = { model, contents, config: { maxOutputTokens: 50 }, ...more };
    if (!streamed) await at.models.generateContent(asked);
    else for await (const _ of await at.models.generateContentStream(asked));
  } catch (error) {
    assert.ok(error instanceof ApiError, error);
    return error;
  }
  throw new Error("it did not fail");
}

for (const [status, seen] of [[400, 400], [429, 429], [500, 502], [401, 502]]) { // 401: our key is not the client's
  assert.equal((await failure(client, `fail ${status}`)).status, seen);
}
assert.match(String(await failure(client, "break off", {}, true)), /ended its answer with an error|overloaded or down/);
assert.equal((await failure(client, "hi", { model: "spent" })).status, 429);
assert.equal((await failure(client, "hi", { model: "no-such-model" })).status, 404);
assert.equal((await failure(new GoogleGenAI({ apiKey: "gth_live_none", httpOptions: { baseUrl } }))).status, 401);
console.log("everything failed as it should");
