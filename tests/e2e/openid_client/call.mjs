// A client library that knows OAuth and DPoP finds everything by the issuer alone, gets a bound token and calls with it.
import * as client from "openid-client";

const { issuer, id, secret, path } = JSON.parse(await new Response(process.stdin).text());
const options = { algorithm: "oauth2", execute: [client.allowInsecureRequests] };
const config = await client.discovery(new URL(issuer), id, undefined, client.ClientSecretBasic(secret), options);
const keys = await client.randomDPoPKeyPair("ES256");
const DPoP = client.getDPoPHandle(config, keys);
const granted = await client.clientCredentialsGrant(config, { scope: "models:read" }, { DPoP });
const url = new URL(path, issuer);
const statuses = [];
for (let call = 0; call < 3; call += 1) {
  const answer = await client.fetchProtectedResource(config, granted.access_token, url, "GET", undefined, undefined, { DPoP });
  statuses.push(answer.status);
}
const stolen = await fetch(url, { headers: { authorization: `Bearer ${granted.access_token}` } });
const told = await client.tokenIntrospection(config, granted.access_token);
await client.tokenRevocation(config, granted.access_token);
const after = await client.tokenIntrospection(config, granted.access_token);
console.log(JSON.stringify({ type: granted.token_type, statuses, stolen: stolen.status, told: told.token_type, after: after.active }));
