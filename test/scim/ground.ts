/** A directory that calls an authority, as Entra or Okta would. */
import { createHash, randomBytes } from 'node:crypto'
import type { JsonObject } from '@countersign/verifier'
import type { Cast } from '../http/cast.ts'
import { administer, enrol, mustSucceed, type Person } from '../setup/authority.ts'

export const newSecret = () => `cs_directory_${randomBytes(32).toString('base64url')}`
export const digestOf = (secret: string) => createHash('sha256').update(secret).digest('base64url')

export const FINANCE = { group: 'finance', display_name: 'Finance Approvers' }

type Part = Pick<Cast, 'authority' | 'ada'>

/** The action that registers a directory. */
export const directoryAction = (cast: Part, secret: string, more: object = {}) => ({
  name: 'countersign.directory.add',
  resource: 'directory:entra',
  arguments: {
    name: 'entra',
    groups: [FINANCE],
    secret: digestOf(secret),
    expires: cast.authority.now() + 86_400,
    ...more,
  } as JsonObject,
})

export interface ScimAnswer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: an answer of any shape, that tests look into
  readonly body: any
}

export type Scim = (method: string, path: string, body?: unknown, headers?: object) => Promise<ScimAnswer>

export const scimOf =
  ({ authority }: Pick<Cast, 'authority'>, secret: string): Scim =>
  async (method, path, body, headers = {}) => {
    const answer = await authority.app.request(`${authority.config.origin}/scim/v2${path}`, {
      method,
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/scim+json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) }
  }

/** Registers the directory `entra`, and calls as it. */
export async function startDirectory(cast: Part, more: object = {}): Promise<Scim & { readonly secret: string }> {
  const secret = newSecret()
  await administer(cast.authority, cast.ada, directoryAction(cast, secret, more))
  return Object.assign(scimOf(cast, secret), { secret })
}

export const user = (userName: string, more: object = {}) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  userName,
  displayName: userName.split('@')[0],
  active: true,
  ...more,
})

export async function createUser(scim: Scim, userName: string, more: object = {}): Promise<string> {
  const { status, body } = await scim('POST', '/Users', user(userName, more))
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`)
  return body.id
}

export async function createGroup(scim: Scim, members: readonly string[], displayName = FINANCE.display_name) {
  const { status, body } = await scim('POST', '/Groups', {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
    displayName,
    members: members.map((value) => ({ value })),
  })
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`)
  return body.id as string
}

export const patch = (...operations: readonly object[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: operations,
})

/** Invites a person whom the directory named, who enrols, and whom Ada lets in. */
export async function enrolProvisioned(cast: Part, id: string, name: string): Promise<Person> {
  const { link } = mustSucceed(await cast.ada.page.call('inviteProvisioned', { params: { id } }))
  return enrol(cast.authority, link, name, cast.ada)
}
