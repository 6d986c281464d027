/** What the suites of refusals share: the cast, one credential of every kind, two cookies, and a token to spare. */

import { createClient } from '../../src/client/client.ts'
import { DEFAULT_POLICY } from '../../src/domain/policy/default-policy.ts'
import { administer, mustSucceed, OPERATOR, type Person, type Reachable } from '../setup/authority.ts'
import { approvedToken, type Cast, credentialFor, startCast } from './cast.ts'
import { wire } from './passkey-json.ts'

export interface Refusals {
  readonly cast: Cast
  readonly credentials: Readonly<Record<'agent' | 'executor' | 'operator' | 'auditor', string>>
  readonly cookies: Readonly<Record<'admin' | 'approver', string>>
  /** A token nobody has spent. */
  readonly liveToken: () => Promise<string>
}

export async function prepareRefusals(): Promise<Refusals> {
  const cast = await startCast()
  const { authority, ada, ben, agent, forum } = cast
  const auditor = await credentialFor(authority, ada, 'auditor', 'revision')
  let token: Promise<string> | undefined
  return {
    cast,
    credentials: { agent: cast.agentSecret, executor: forum.credential, operator: OPERATOR, auditor },
    cookies: { admin: await cookieFor(cast, ada), approver: await cookieFor(cast, ben) },
    liveToken: () => {
      token ??= approvedToken(agent, ada).then((approved) => approved.token)
      return token
    },
  }
}

/** Runs `work` while the policy forbids an action. */
export async function forbidding({ cast }: Refusals, name: string, work: () => Promise<void>): Promise<void> {
  const publish = async (text: string) => {
    const { in_force: version } = mustSucceed(await cast.authority.operator.call('listPolicies'))
    const change = { name: 'countersign.policy.publish', resource: 'policy', arguments: { version, text } }
    await administer(cast.authority, cast.ada, change)
  }
  await publish(`forbid (principal, action == Action::"${name}", resource);\n${DEFAULT_POLICY}`)
  await work()
  await publish(DEFAULT_POLICY)
}

/** Signs in once more, and keeps the cookie as a thief would. */
export async function cookieFor(
  { authority }: { readonly authority: Reachable },
  { authenticator }: Pick<Person, 'authenticator'>,
): Promise<string> {
  const { origin } = authority.config
  let cookie = ''
  const page = createClient({
    origin,
    asPage: true,
    fetch: async (url, init) => {
      const response = await authority.fetch(url, init)
      cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
      return response
    },
  })
  const { options } = mustSucceed(await page.call('signInOptions'))
  const assertion = wire(await authenticator.assert({ challenge: String(options['challenge']) }))
  mustSucceed(await page.call('signIn', { body: { assertion } }))
  return cookie
}
