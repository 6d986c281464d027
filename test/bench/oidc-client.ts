/** How the yardstick of issuing is asked for a token. */
import { post } from './load.ts'

export const OIDC_CLIENT = { id: 'helpdesk-agent', secret: 'a-secret-of-the-benchmark-alone' }
export const OIDC_RESOURCE = 'https://forum.example'

export function oidcMessage(): Buffer {
  const credentials = Buffer.from(`${OIDC_CLIENT.id}:${OIDC_CLIENT.secret}`).toString('base64')
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    scope: 'forum.read',
    resource: OIDC_RESOURCE,
  }).toString()
  const headers = { authorization: `Basic ${credentials}`, 'content-type': 'application/x-www-form-urlencoded' }
  return post('/token', headers, body)
}
