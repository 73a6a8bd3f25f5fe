// What an application does with the official Google Gen AI SDK for JavaScript, on a model behind any wire.
import assert from "node:assert/strict";
import { ApiError, GoogleGenAI } from "@google/genai";

const [baseUrl, apiKey, model, embeddingModel] = process.argv.slice(2);
const { models } = new GoogleGenAI({ apiKey, httpOptions: { baseUrl } });
const TEXT = "Grüße, 世界", PNG = "iVBORw0KGgo=";
const CITY = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const SCHEMA = { type: "object", properties: { a: { type: "integer" } }, required: ["a"], additionalProperties: false };
const ask = (config, contents = "hi") => ({ model, contents, config: { maxOutputTokens: 50, ...config } });

const answer = await models.generateContent(ask({ systemInstruction: "be brief", temperature: 0.5 }));
assert.equal(answer.text, TEXT);
assert.equal(answer.usageMetadata.totalTokenCount, 18);
let told = "";
for await (const chunk of await models.generateContentStream(ask({}))) told += chunk.text ?? "";
assert.equal(told, TEXT);

const tools = [{ functionDeclarations: [{ name: "get_weather", parametersJsonSchema: CITY }] }];
const contents = [(await models.generateContent(ask({ tools }))).candidates[0].content];
for await (const chunk of await models.generateContentStream(ask({ tools }))) {
  if (chunk.functionCalls) contents.push(chunk.candidates[0].content);
}
assert.equal(contents.length, 2);
for (const content of contents) {
  const { id, name, args } = content.parts.find((part) => part.functionCall).functionCall;
  assert.deepEqual([name, args], ["get_weather", { city: "Köln" }]);
  const result = { role: "user", parts: [{ functionResponse: { id, name, response: { output: "sunny" } } }] };
  const conversation = [{ role: "user", parts: [{ text: "hi" }] }, content, result];
  assert.equal((await models.generateContent(ask({ tools }, conversation))).text, "it is sunny");
}
const seen = [{ role: "user", parts: [{ text: "what?" }, { inlineData: { mimeType: "image/png", data: PNG } }] }];
assert.equal((await models.generateContent(ask({}, seen))).text, "a dot");
const asJson = { responseMimeType: "application/json", responseJsonSchema: SCHEMA };
assert.deepEqual(JSON.parse((await models.generateContent(ask(asJson))).text), { a: 1 });

const TOKENS = [["Grüße", -0.125], [", ", -0.25], ["世界", -1.5]];
const pairs = (result) => (result?.chosenCandidates ?? []).map((each) => [each.token, each.logProbability]);
const likely = ask({ responseLogprobs: true, logprobs: 1 });
if (["over-openai_chat", "over-openai_responses", "over-gemini"].includes(model)) {
  assert.deepEqual(pairs((await models.generateContent(likely)).candidates[0].logprobsResult), TOKENS);
  const streamed = [];
  for await (const chunk of await models.generateContentStream(likely)) {
    streamed.push(...pairs(chunk.candidates[0].logprobsResult));
  }
  assert.deepEqual(streamed, TOKENS);
} else {
  await assert.rejects(models.generateContent(likely), (error) => error.status === 400 && /responseLogprobs/.test(error.message));
}

const vectors = await models.embedContent({ model: embeddingModel, contents: ["one", "two"] });
assert.deepEqual(vectors.embeddings.map((each) => each.values), [[0.25, -0.5], [0.25, -0.5]]);
if (model !== "over-gemini") { // that provider is asked itself
  assert.ok((await models.countTokens({ model, contents: "hi" })).totalTokens > 0);
}
const listed = [];
for await (const each of await models.list()) listed.push(each.name);
assert.ok(listed.includes(`models/${model}`));
await assert.rejects(models.generateContent({ model: "no-such-model", contents: "hi" }),
  (error) => error instanceof ApiError && error.status === 404);
console.log("everything worked");
