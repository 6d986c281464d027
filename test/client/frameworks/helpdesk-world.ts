/** A live authority, a forum behind its verifier, an agent's client, and a person who answers what the agent opens: of one test file. */
import { type AgentClient, type ApprovalRequest, createAgentClient } from '@countersign/client'
import { createVerifier } from '@countersign/verifier'
import { expect, vi } from 'vitest'
import { createHelpForum } from '../../../src/demo/examples/help-forum.ts'
import { FORUM, mustSucceed } from '../../setup/authority.ts'
import { startParties } from '../../setup/parties.ts'

export const POST = { thread: '42', text: 'Restart the router.' }

export async function helpdeskWorld() {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  const { authority, credential, executor, admin } = await startParties()
  const { origin: issuer } = authority.config
  const { fetch } = authority
  const verifier = createVerifier({
    issuer,
    audience: FORUM,
    credential: executor.credential,
    challengeKey: { ...executor.challengeKey, kid: executor.challengeKey.kid ?? '', alg: 'ES256' },
    fetch: fetchOf(fetch),
    now: authority.now,
  })
  const countersign = createAgentClient({ issuer, credential, fetch })
  const deny = async (id: string, reason: string) =>
    mustSucceed(await admin.page.call('deny', { params: { id }, body: { reason } }))
  const revoke = async (id: string) => {
    mustSucceed(await admin.page.call('revokeRequest', { params: { id } }))
  }
  const expire = async (id: string) => {
    const { expiresAt } = await countersign.view(id)
    authority.advance(expiresAt - authority.now() + 1)
    await authority.services.sweep()
  }
  const engage = async () => {
    const body = { selector: { agent: 'helpdesk-agent' }, reason: 'Stop' }
    mustSucceed(await admin.page.call('engageKillSwitch', { body }))
  }
  return {
    authority,
    admin,
    verifier,
    countersign,
    forum: () => createHelpForum(verifier),
    consent: async (id: string) => mustSucceed(await admin.consent(id)),
    deny,
    revoke,
    expire,
    engage,
    /** The ways in which a request ends without an answer. */
    endings: Object.entries({ withdrawn: (id: string) => countersign.withdraw(id), stopped: revoke, expired: expire }),
  }
}

type HelpdeskWorld = Awaited<ReturnType<typeof helpdeskWorld>>

interface Desk<Answer> {
  readonly ask: () => Promise<Answer>
  readonly next: () => Promise<ApprovalRequest>
  readonly forum: ReturnType<typeof createHelpForum>
}

/** A call that waits is refused as its request ended, and does not run. */
export async function expectEndings<Answer>(
  { endings }: HelpdeskWorld,
  helpdesk: () => Desk<Answer>,
  refusalIn: (answer: Answer) => unknown,
): Promise<void> {
  for (const [ending, end] of endings) {
    const { ask, forum, next } = helpdesk()
    const asking = ask()
    await end((await next()).id)
    expect(refusalIn(await asking)).toMatchObject({ refused: ending })
    expect(forum.posts).toEqual([])
  }
}

const fetchOf =
  (inProcess: (url: string, init?: RequestInit) => Promise<Response>): typeof fetch =>
  (input, init) =>
    inProcess(input instanceof Request ? input.url : `${input}`, init)

/** A client that tells each request once it is opened: the event that tests wait for. */
export function watched(client: AgentClient) {
  const opened: ApprovalRequest[] = []
  const waiting: ((request: ApprovalRequest) => void)[] = []
  const told = new Set<string>()
  const propose: AgentClient['propose'] = async (...given) => {
    const request = await client.propose(...given)
    if (!told.has(request.id)) {
      told.add(request.id)
      const next = waiting.shift()
      if (next) next(request)
      else opened.push(request)
    }
    return request
  }
  /** The next request that is opened, and that no earlier call of this returned. */
  const next = (): Promise<ApprovalRequest> => {
    const first = opened.shift()
    return first === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(first)
  }
  return { client: { ...client, propose }, next, count: () => told.size }
}
