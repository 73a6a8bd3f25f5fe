// Verifies tokens as a resource server of somebody else would: it knows the address of the key set, the issuer and its audience.
import { createRemoteJWKSet, jwtVerify } from "jose";

const input = await new Response(process.stdin).text();
const { jwks, issuer, audience, tokens } = JSON.parse(input);
const keys = createRemoteJWKSet(new URL(jwks));
const found = [];
for (const token of tokens) {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer, audience, typ: "at+jwt" });
    found.push({ sub: payload.sub, alg: protectedHeader.alg });
  } catch (error) {
    found.push({ refused: error.code ?? error.name });
  }
}
console.log(JSON.stringify(found));
