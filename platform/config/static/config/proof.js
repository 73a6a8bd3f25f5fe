// Checks an event's inclusion proof here, in the reader's own browser, without any library: SHA-256 of the record's
// exact bytes, the path to the root (RFC 6962, RFC 9162 2.1.3.2), the checkpoint's Ed25519 signature (C2SP signed-note).
(() => {
  "use strict";

  const HEADER = "c2sp.org/tlog-proof@v1";
  const DASH = "\u2014 ";
  const utf8 = new TextEncoder();

  class Wrong extends Error {}

  const bytes = (text) => {
    try {
      return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    } catch {
      throw new Wrong("something in the proof is not base64");
    }
  };
  const hex = (data) => [...data].map((one) => one.toString(16).padStart(2, "0")).join("");
  const same = (a, b) => a.length === b.length && a.every((one, n) => one === b[n]);

  function joined(...parts) {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) { whole.set(part, at); at += part.length; }
    return whole;
  }

  const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));
  const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

  function parsedProof(text) {
    const at = text.indexOf("\n\n");
    const lines = text.slice(0, at).split("\n");
    if (at < 0 || lines.shift() !== HEADER) throw new Wrong("this is no proof");
    if (lines[0]?.startsWith("extra ")) lines.shift();
    const index = /^index (0|[1-9]\d*)$/.exec(lines.shift() ?? "");
    if (!index) throw new Wrong("the proof does not say which event it is of");
    return { index: BigInt(index[1]), path: lines.map(bytes), note: text.slice(at + 2) };
  }

  function parsedNote(note) {
    const at = note.lastIndexOf("\n\n");
    if (at < 0) throw new Wrong("the checkpoint is not signed");
    const text = note.slice(0, at + 1);
    const [origin, size, root] = text.split("\n");
    if (!/^(0|[1-9]\d*)$/.test(size)) throw new Wrong("the checkpoint does not say how large the log is");
    const signatures = note.slice(at + 2).split("\n").filter((line) => line.startsWith(DASH)).map((line) => {
      const [name, data] = line.slice(DASH.length).split(" ");
      return { name, data: bytes(data ?? "") };
    });
    return { text, origin, size: BigInt(size), root: bytes(root), signatures };
  }

  async function rootFrom(leaf, index, size, path) {
    if (index >= size) throw new Wrong("the checkpoint is older than the event");
    let node = index, last = size - 1n, root = leaf;
    for (const sibling of path) {
      if (last === 0n) throw new Wrong("the path is too long");
      if (node & 1n || node === last) {
        root = await nodeHash(sibling, root);
        while (!(node & 1n) && node) { node >>= 1n; last >>= 1n; }
      } else {
        root = await nodeHash(root, sibling);
      }
      node >>= 1n;
      last >>= 1n;
    }
    if (last) throw new Wrong("the path is too short");
    return root;
  }

  async function parsedKey(text) {
    const [name, id, encoded] = text.trim().split(/\+(.*?)\+(.*)/s);
    const data = bytes(encoded ?? "");
    if (!name || data.length !== 33 || data[0] !== 1) throw new Wrong("the key is not an Ed25519 key of a log");
    const expected = (await sha256(utf8.encode(`${name}\n`), data)).slice(0, 4);
    if (hex(expected) !== id) throw new Wrong("the key was mistyped: its number does not belong to it");
    return { name, id: expected, raw: data.slice(1) };
  }

  // true, or null where this browser does not know Ed25519.
  async function signedBy(note, key) {
    const found = note.signatures.find(({ name, data }) => name === key.name && same(data.slice(0, 4), key.id));
    if (!found || note.origin !== key.name) throw new Wrong("the checkpoint is not signed by this key");
    let imported;
    try {
      imported = await crypto.subtle.importKey("raw", key.raw, { name: "Ed25519" }, false, ["verify"]);
    } catch {
      return null;
    }
    if (!await crypto.subtle.verify({ name: "Ed25519" }, imported, found.data.slice(4), utf8.encode(note.text))) {
      throw new Wrong("the signature of the checkpoint is wrong");
    }
    return true;
  }

  async function fetched(url) {
    const answer = await fetch(url, { credentials: "same-origin", redirect: "error" });
    if (!answer.ok) throw new Error(answer.status === 409 ? await answer.text() : `the server answers ${answer.status}`);
    return new Uint8Array(await answer.arrayBuffer());
  }

  async function check(panel, say) {
    if (!crypto.subtle) throw new Error("browsers compute hashes only on pages that came by https or from this machine");
    const [record, text] = await Promise.all([fetched(panel.dataset.record), fetched(panel.dataset.proof)]);
    const proof = parsedProof(new TextDecoder("utf-8", { fatal: true }).decode(text));
    const note = parsedNote(proof.note);
    const leaf = await sha256(Uint8Array.of(0), record);
    say(`The record's ${record.length} bytes have the hash ${hex(leaf)}.`);
    if (hex(leaf) !== panel.dataset.leaf) throw new Wrong("the page shows another hash for this record");
    const root = await rootFrom(leaf, proof.index, note.size, proof.path);
    if (!same(root, note.root)) throw new Wrong("the record does not lead to the signed root: it is not what was logged");
    say(`${proof.path.length} hashes lead from it, event number ${proof.index} of ${note.size}, to the root ${hex(root)} of the checkpoint.`);
    const given = panel.querySelector("[data-key]").value;
    if (!given.trim()) throw new Error("there is no key yet: the log's first checkpoint was signed after this page was made. Load it again");
    const key = await parsedKey(given);
    if (await signedBy(note, key)) {
      say(`The checkpoint is signed by ${key.name}, key ${hex(key.id)}.`);
      return "This record is in the log, unchanged. Your browser computed it; the server was not asked to judge.";
    }
    return "This record leads to the checkpoint's root. The signature was not checked: this browser does not know Ed25519. "
      + "Take the two files away and use gatehouse-audit proof.";
  }

  async function run(panel) {
    const steps = panel.querySelector("[data-steps]"), verdict = panel.querySelector("[data-verdict]");
    steps.replaceChildren();
    verdict.className = "";
    verdict.textContent = "Checking…";
    const say = (text) => steps.append(Object.assign(document.createElement("li"), { textContent: text }));
    try {
      verdict.textContent = `✓ ${await check(panel, say)}`;
      verdict.className = "gh-state-ok";
    } catch (error) {
      verdict.textContent = error instanceof Wrong ? `✗ Wrong: ${error.message}.` : `Could not be checked: ${error.message}.`;
      verdict.className = "gh-state-failed";
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-check-proof]");
    if (button) run(button.closest("[data-proof]"));
  });
})();
