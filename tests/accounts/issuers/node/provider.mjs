// An OpenID provider on loopback: clients get access tokens as JWTs (RFC 9068), and id tokens exist to be refused.
import { once } from "node:events";
import { createServer } from "node:http";
import { generateKeyPair, exportJWK } from "jose";
import { Provider } from "oidc-provider";

const given = JSON.parse(process.argv[2]);
const key = async (kid) => {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg: "ES256", use: "sig" };
};
const keys = [await key("first"), await key("second")];
const server = createServer();
server.listen(0, "127.0.0.1");
await once(server, "listening");
const issuer = `http://127.0.0.1:${server.address().port}`;
const resourceServer = { scope: "models", audience: given.audience, accessTokenFormat: "jwt", accessTokenTTL: 600, jwt: { sign: { alg: "ES256" } } };

function provider(signing) {
  return new Provider(issuer, {
    clients: [{ client_id: "cli", client_secret: "a secret that is long enough for it", grant_types: ["client_credentials"], redirect_uris: [], response_types: [], id_token_signed_response_alg: "ES256" }],
    jwks: { keys: signing },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => given.audience,
        getResourceServerInfo: () => resourceServer,
        useGrantedResource: () => true,
      },
    },
    extraTokenClaims: () => ({ groups: ["engineers"] }),
    findAccount: undefined,
  }).callback();
}

// The first key signs; a line on stdin makes it the second, and the first is gone, as after a rotation.
let answering = provider([keys[0]]);
server.on("request", (request, response) => answering(request, response));
process.stdin.on("data", () => {
  answering = provider([keys[1]]);
  console.log(JSON.stringify({ rotated: true }));
});
console.log(JSON.stringify({ issuer }));
