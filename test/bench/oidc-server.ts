/**
 * A well-known authorization server that signs access tokens from memory: what issuing costs elsewhere. A yardstick.
 *
 * In: nothing. Out: POST /token on a port of its own choice: client credentials, a resource, an ES256 JWT.
 */
import { type AddressInfo, createServer } from 'node:net'
import Provider from 'oidc-provider'
import { generateSigningKey } from '../../src/domain/token/signing-keys.ts'
import { OIDC_CLIENT, OIDC_RESOURCE } from './oidc-client.ts'

const port = await freePort()
const provider = new Provider(`http://localhost:${port}`, {
  jwks: { keys: [await signingKey()] },
  clients: [
    {
      client_id: OIDC_CLIENT.id,
      client_secret: OIDC_CLIENT.secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: 'ES256',
    },
  ],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({
        scope: 'forum.read',
        audience: OIDC_RESOURCE,
        accessTokenTTL: 120,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
})
provider.listen(port, '127.0.0.1', () => console.log(JSON.stringify({ port })))

async function signingKey() {
  const { kty = 'EC', crv, x, y, d, kid } = await generateSigningKey('ES256')
  return { kty, crv, x, y, d, kid, alg: 'ES256', use: 'sig' }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}
