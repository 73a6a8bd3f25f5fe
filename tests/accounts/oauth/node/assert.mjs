// Makes a key and signs an assertion with it, as a client in another language would.
import { SignJWT, exportJWK, generateKeyPair } from "jose";

const { alg, issuer, client } = JSON.parse(await new Response(process.stdin).text());
const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
const assertion = await new SignJWT({})
  .setProtectedHeader({ alg })
  .setIssuer(client)
  .setSubject(client)
  .setAudience(issuer)
  .setJti(crypto.randomUUID())
  .setIssuedAt()
  .setExpirationTime("1m")
  .sign(privateKey);
console.log(JSON.stringify({ jwk: { ...(await exportJWK(publicKey)), alg }, assertion }));
