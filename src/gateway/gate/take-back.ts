/** Ends the wait of a call: its request is taken back from people where no caller waits for it any more. */
import type { Problem } from '../../client/client.ts'
import type { GateOptions } from './gate-options.ts'
import type { GatewayAgent } from './gateway-agent.ts'
import type { HeldCall } from './held-calls.ts'

/** The tool with which an agent takes a request back. */
export const WITHDRAW_REQUEST = 'withdraw_request'

/** The call under this key waits no more. Another one that came since stays. */
export async function release(
  { files }: Pick<GateOptions, 'files'>,
  { held }: GatewayAgent,
  key: string,
  one: HeldCall,
): Promise<void> {
  if (one.isReleased) return
  one.isReleased = true
  held.release(key)
  await files.drop(key)
}

/** Does nothing while a caller is held for it, or where its call runs. The problem where the authority cannot be reached. */
export async function takeBack(
  options: Pick<GateOptions, 'files'>,
  agent: GatewayAgent,
  key: string,
  one: HeldCall,
): Promise<Problem | undefined> {
  if (one.waiters > 0 || one.run || one.isReleased) return undefined
  // The same call that comes meanwhile asks anew.
  await release(options, agent, key, one)
  const answer = await agent.authority.call('withdrawRequest', { params: { id: one.request.id } })
  if (answer.ok) return undefined
  const { state } = answer.problem
  // Where it cannot be kept the same call asks anew.
  if (state === undefined || state === 'approved') await options.files.keep(key, one.request).catch(() => {})
  return state === undefined ? answer.problem : undefined
}

const MOST_NAMED = 20

/** Where too many requests wait, the refusal names them, and the way to take one back. */
export async function withThoseThatWait<P extends { readonly code: string; readonly detail: string }>(
  { authority }: GatewayAgent,
  problem: P,
): Promise<P> {
  if (problem.code !== 'rate_limited') return problem
  const listed = await authority.call('listRequests', { query: { state: 'pending', limit: `${MOST_NAMED}` } })
  const waiting = listed.ok ? listed.value.requests.map(({ id, name }) => `${id} (${name})`) : []
  if (waiting.length === 0) return problem
  const detail = `${problem.detail} ${WITHDRAW_REQUEST} takes one back that is not needed any more: ${waiting.join(', ')}.`
  return { ...problem, detail }
}
