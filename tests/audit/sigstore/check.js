// Checks one of our proofs with the transparency-log code of sigstore-js. Reads JSON, says what it found as JSON.
const { createPublicKey } = require("node:crypto");
const { verifyCheckpoint } = require("@sigstore/verify/dist/tlog/checkpoint.js");
const { verifyMerkleInclusion } = require("@sigstore/verify/dist/tlog/merkle.js");

const given = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(given.key, "base64")]);
const log = {
  logID: Buffer.from(given.keyId, "hex"),
  baseURL: given.origin,
  publicKey: createPublicKey({ key: spki, format: "der", type: "spki" }),
};
const entry = {
  canonicalizedBody: Buffer.from(given.record, "base64"),
  inclusionProof: {
    logIndex: String(given.index),
    hashes: given.path.map((hash) => Buffer.from(hash, "base64")),
    checkpoint: { envelope: given.checkpoint },
  },
};
try {
  verifyMerkleInclusion(entry, verifyCheckpoint(entry, [log]));
  console.log(JSON.stringify({ holds: true }));
} catch (error) {
  console.log(JSON.stringify({ holds: false, why: error.message }));
}
