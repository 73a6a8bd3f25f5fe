// A real OpenID provider, certified and none of ours. Whoever it asks for a login is the person named in `login_hint`
// or in the cookie `who`; consent is given at once. Says "ready" on standard output once it answers.
import Provider from 'oidc-provider';

const { issuer, port, client, people } = JSON.parse(process.argv[2]);

const provider = new Provider(issuer, {
  clients: [client],
  pkce: { required: () => true },
  scopes: ['openid', 'profile', 'email'],
  claims: { openid: ['sub', 'amr', 'acr'], profile: ['preferred_username', 'given_name', 'family_name', 'hd'], email: ['email', 'email_verified'] },
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
  cookies: { keys: ['a key of the test'] },
  ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
  findAccount: async (ctx, id) => ({ accountId: id, claims: async () => ({ sub: id, ...people[id] }) }),
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
});

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next();
  const { prompt, params, grantId } = await provider.interactionDetails(ctx.req, ctx.res);
  if (prompt.name === 'login') {
    const who = ctx.cookies.get('who', { signed: false }) || Object.keys(people)[0];
    const known = people[who] || {};
    const result = { login: { accountId: who, amr: known.amr, acr: known.acr, remember: true } };
    return provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
  }
  const { session } = await provider.interactionDetails(ctx.req, ctx.res);
  const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope('openid profile email');
  return provider.interactionFinished(ctx.req, ctx.res, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
});

provider.listen(port, '127.0.0.1', () => console.log('ready'));
