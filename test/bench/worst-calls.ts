/**
 * Calls that are well-formed, with the most that their fields may hold: they are parsed, compiled, compared or searched
 * whole, where `BODIES` are refused at their shape.
 *
 * In: callers of a running authority. Out: steps, each a call by name.
 */

import { AGENT, FORUM } from './parties.ts'
import { type Callers, FULL_BYTES, firstOf, type Step } from './worst-endpoints.ts'
import { worstPolicies } from './worst-policies.ts'
import { worstCases } from './worst-requests.ts'

const EVALUATIONS = 32

export const worstCalls = (callers: Callers, directory: string): readonly Step[] => [
  ...evaluations(callers),
  ...drafts(callers),
  ...catalogues(callers),
  ...passkeys(callers),
  ...provisioning(callers, directory),
]

const posting = (callers: Callers, by: keyof Callers['credentials'], path: string, body: object) =>
  firstOf(
    fetch(`${callers.origin}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${callers.credentials[by]}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  )

/** As many calls as fit into one body. */
function evaluations(callers: Callers): Step[] {
  const common = {
    subject: { type: 'agent', id: AGENT },
    resource: { type: 'executor', id: 'forum:eng', properties: { audience: FORUM } },
  }
  return (
    worstCases()
      // Its lists are deeper than a body may be, once they are in a list of evaluations.
      .filter(({ name }) => name !== 'deep nesting')
      .map(({ name, arguments: given }) => {
        const action = { name: 'forum.post', properties: given }
        const room = FULL_BYTES - JSON.stringify(common).length - 100
        const count = Math.min(EVALUATIONS, Math.floor(room / (Buffer.byteLength(JSON.stringify(action)) + 12)))
        const body = { ...common, evaluations: Array(count).fill({ action }) }
        return {
          name: `evaluateAccesses of ${name}`,
          run: () => posting(callers, 'agent', '/access/v1/evaluations', body),
        }
      })
  )
}

const drafts = (callers: Callers): Step[] =>
  worstPolicies().flatMap(({ name, text }) => {
    const call = { agent: AGENT, audience: FORUM, name: 'forum.post', resource: 'forum:eng', arguments: {} }
    const draft = (path: string, body: object): Step => ({
      name: `${path} of ${name}`,
      run: () => posting(callers, 'operator', path, body),
    })
    return [
      draft('/policy/check', { text }),
      draft('/policy/try', { text, call }),
      draft('/policy/replay', { text, days: 1 }),
    ]
  })

/** What an action may hold, as JSON. */
const ACTION_BYTES = 60_000

/** Catalogues of as many actions as may be published at once, with schemas that are wide, of patterns or of choices. */
function catalogues(callers: Callers): Step[] {
  const schema = (count: number, member: object) => ({
    type: 'object',
    properties: Object.fromEntries(Array.from({ length: count }, (_, at) => [`m${at}`, member])),
  })
  const choices = Array.from({ length: 50 }, (_, at) => `choice ${at}`)
  const all: readonly (readonly [string, object])[] = [
    ['titles', { title: 'ас '.repeat(60) }],
    ['wide schemas', { schema: schema(60, { type: 'string' }) }],
    ['patterns', { schema: schema(1, { type: 'string', pattern: '^(a|aa|[a-z]+)+$' }) }],
    ['choices', { schema: schema(10, { enum: choices }) }],
  ]
  return all.map(([name, more]) => {
    const count = Math.min(MOST_ACTIONS, Math.floor(ACTION_BYTES / (Buffer.byteLength(JSON.stringify(more)) + 50)))
    const catalogue = Array.from({ length: count }, (_, at) => ({ name: `a.${at}`, effect: 'read', ...more }))
    return {
      name: `publishCatalogue of ${name}`,
      run: () => posting(callers, 'executor', '/executor/catalogue', { catalogue }),
    }
  })
}

const MOST_ACTIONS = 500

/** Of a passkey, in CBOR: lists in lists, and a map of many members. */
function passkeys({ origin }: Callers): Step[] {
  const bytes = 8000
  const texts: readonly (readonly [string, Buffer])[] = [
    ['lists in lists', Buffer.alloc(bytes, 0x81)],
    ['many numbers', Buffer.concat([Buffer.from([0x99, 0x1f, 0x40]), Buffer.alloc(bytes)])],
    ['many members', Buffer.concat([Buffer.from([0xb9, 0x0f, 0xa0]), Buffer.alloc(bytes)])],
  ]
  return texts.map(([name, cbor]) => {
    const encoded = cbor.toString('base64url')
    const response = { attestationObject: encoded, clientDataJSON: encoded, transports: [] }
    const registration = {
      id: 'A'.repeat(22),
      rawId: 'A'.repeat(22),
      type: 'public-key',
      response,
      clientExtensionResults: {},
    }
    const body = JSON.stringify({ invitation: 'A'.repeat(43), registration, trial: registration })
    const headers = { 'content-type': 'application/json', origin }
    return {
      name: `enrol of ${name}`,
      run: () => firstOf(fetch(`${origin}/enrolments`, { method: 'POST', headers, body })),
    }
  })
}

/** What a directory sends and asks. */
function provisioning({ origin }: Callers, secret: string): Step[] {
  const call = (name: string, method: string, path: string, body?: object): Step => ({
    name: `SCIM ${name}`,
    run: () =>
      firstOf(
        fetch(`${origin}/scim/v2${path}`, {
          method,
          headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/scim+json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      ),
  })
  const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User']
  const operations = Array.from({ length: 1000 }, (_, at) => ({ op: 'replace', path: 'displayName', value: `${at}` }))
  const filters: readonly (readonly [string, string])[] = [
    ['many conditions', Array(50).fill('userName co "a"').join(' or ')],
    ['many brackets', `${'('.repeat(490)}userName eq "a"${')'.repeat(490)}`],
    ['a long text', `userName eq "${'a'.repeat(1000)}"`],
  ]
  return [
    ...filters.map(([name, filter]) => call(`filter of ${name}`, 'GET', `/Users?${new URLSearchParams({ filter })}`)),
    call('person with many members', 'POST', '/Users', {
      schemas,
      userName: 'x',
      emails: Array.from({ length: 2000 }, (_, at) => ({ value: `a${at}@example.com` })),
    }),
    call('many operations', 'PATCH', `/Users/${'A'.repeat(22)}`, {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: operations,
    }),
    call('group of many', 'POST', '/Groups', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
      displayName: 'Finance Approvers',
      members: Array.from({ length: 2000 }, (_, at) => ({ value: at.toString(36).padStart(22, '0') })),
    }),
  ]
}
