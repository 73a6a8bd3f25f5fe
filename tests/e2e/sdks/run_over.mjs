// Runs a script of calls for each of several models in one process: an SDK is slow to load, not to use.
const [node, here, script, baseURL, key, ...models] = process.argv;
for (const pair of models) {
  process.argv = [node, here, baseURL, key, ...pair.split("=")];
  console.log(pair);
  await import(`./${script}?${pair}`); // another address is another module, and runs anew
}
