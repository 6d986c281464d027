/** Whether a call that waits for people is stopped now, by a switch of any scope. Its request stays. SPEC 9.1. */
import type { Selector } from '@countersign/verifier'
import { type Selectable, selects } from '@countersign/verifier/authority'
import type { Problem } from '../../client/client.ts'
import type { GateOptions } from './gate-options.ts'
import type { GatewayAgent } from './gateway-agent.ts'
import type { HeldCall } from './held-calls.ts'
import { isPassing } from './refused-result.ts'

type Needs = Pick<GateOptions, 'live'>

export const STOPPED: Problem = {
  code: 'killed',
  detail:
    'A kill switch stops this call. Its request stays: make exactly the same call again once the switch is released.',
}

/** What stops the call, or is against its agent; undefined where nothing is, or nobody knows now. */
export async function stopOf(options: Needs, agent: GatewayAgent, one: HeldCall): Promise<Problem | undefined> {
  const selectors = options.live.engaged()
  if (selectors.length > 0 && (await isSelected(selectors, agent, one))) return STOPPED
  const problem = await agent.standing.check()
  return problem && !isPassing(problem) ? problem : undefined
}

/** The parties of a request do not change: they are asked for once, and only while there is a switch. */
async function isSelected(selectors: readonly Selector[], agent: GatewayAgent, one: HeldCall): Promise<boolean> {
  one.subjects ??= await subjectsOf(agent, one)
  return one.subjects?.some((subject) => selectors.some((selector) => selects(selector, subject))) === true
}

/** The request, and the grant that it is under. */
async function subjectsOf(
  { authority }: GatewayAgent,
  { request }: HeldCall,
): Promise<readonly Selectable[] | undefined> {
  const answer = await authority.call('viewRequest', { params: { id: request.id } })
  if (!answer.ok) return undefined
  const { id, trace, grant, agent, actor, actors = [], principal, audience: executor, name: action } = answer.value
  const names = { agents: [agent, actor, ...actors], principal, executor, action, trace }
  return [id, ...(grant === undefined ? [] : [grant])].map((of) => ({ ...names, request: of }))
}
