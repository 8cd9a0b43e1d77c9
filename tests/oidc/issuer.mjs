// A real OpenID provider for the tests: access tokens for clients of known roles, and id tokens.
// ISSUER_PORT and ISSUER_KEYS (a private JWK set) come from the test; nothing is kept.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const port = Number(process.env.ISSUER_PORT);
const claims = JSON.parse(process.env.ISSUER_CLAIMS);
const secret = 'a secret of the tests only';

const provider = new Provider(`http://127.0.0.1:${port}`, {
  jwks: JSON.parse(process.env.ISSUER_KEYS),
  clients: Object.keys(claims).map((client_id) => ({
    client_id,
    client_secret: secret,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    id_token_signed_response_alg: 'ES256',
  })),
  extraTokenClaims: (ctx, token) => claims[token.clientId],
  findAccount: (ctx, sub) => ({ accountId: sub, claims: () => ({ sub, ...claims[sub] }) }),
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (ctx, resource) => ({
        scope: '',
        audience: resource.split(':').pop(),
        accessTokenFormat: 'jwt',
        accessTokenTTL: 300,
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
});

// An id token as the provider itself makes it, without the browser that a sign-in would need.
provider.use(async (ctx, next) => {
  if (ctx.path !== '/test/id-token') return next();
  const client = await provider.Client.find(ctx.query.client);
  const token = new provider.IdToken({}, { ctx, client });
  for (const [name, value] of Object.entries({ sub: client.clientId, ...claims[client.clientId] })) token.set(name, value);
  ctx.body = await token.issue({ use: 'idtoken' });
});

createServer(provider.callback()).listen(port, '127.0.0.1', () => console.log('ready'));
