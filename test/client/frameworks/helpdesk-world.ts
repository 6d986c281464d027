/** A live authority, a forum behind its verifier, an agent's client, and a person who answers what the agent opens. */
import { type AgentClient, type ApprovalRequest, createAgentClient } from '@countersign/client'
import { createVerifier } from '@countersign/verifier'
import { createHelpForum } from '../../../src/demo/examples/help-forum.ts'
import { addAgent, addExecutor, enrolFirstAdmin, FORUM, mustSucceed, startAuthority } from '../../setup/authority.ts'

export const POST = { thread: '42', text: 'Restart the router.' }

export async function helpdeskWorld() {
  const authority = await startAuthority()
  const credential = await addAgent(authority, 'helpdesk-agent')
  const executor = await addExecutor(authority)
  const admin = await enrolFirstAdmin(authority)
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
  }
}

export type HelpdeskWorld = Awaited<ReturnType<typeof helpdeskWorld>>

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
