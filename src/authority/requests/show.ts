/**
 * Show: how a request stands, what waits for an approver, and the story of a trace.
 *
 * In: who asks. Out: what they may see, and nothing of anybody else's. Changes nothing.
 * Long looks listen first and look second, so that nothing falls between. SPEC 2.
 */
import { digestOf } from '@countersign/verifier'
import { type ApprovalRequest, stateAt } from '../../domain/approval/approval-request.ts'
import { approvesForSelf, eligibility, whyAlone } from '../../domain/consent/eligibility.ts'
import { askingAgent } from '../../domain/identity/own-agents.ts'
import type { Approver, Caller } from '../../domain/identity/parties.ts'
import { ok, type Result } from '../../domain/refusal.ts'
import type { Deps } from '../deps.ts'
import { notFound } from '../refusals.ts'

/** A request as one approver may see it. */
export interface RequestForApprover {
  readonly request: ApprovalRequest
  /** The state as of now. */
  readonly state: ApprovalRequest['state']
  /** Why this person cannot consent, in plain words; null when they can. */
  readonly cannotConsent: string | null
  /** True when this person would be approving for themselves, so that the token says `separation: false`. */
  readonly selfApproval: boolean
  readonly consentedByMe: boolean
  /** Why a consent to it is never given together with others; null where it may be. */
  readonly alone: string | null
  /** Display name of the principal where it is a known person. */
  readonly principalName: string | null
  readonly policyTitle: string
}

/** `waiting` are for this person to answer; `answered` lately decided ones. `version` changes with the content. */
export interface Inbox {
  readonly waiting: readonly ApprovalRequest[]
  /** Ids of those that this person can consent to together with others. */
  readonly together: ReadonlySet<string>
  /** Ids of those that a kill switch stops. */
  readonly stopped: ReadonlySet<string>
  readonly answered: readonly ApprovalRequest[]
  readonly version: string
}

const ANSWERED_FOR_SECONDS = 86_400
const INBOX_LIMIT = 200
/** Why a request that waits cannot be approved, whoever looks. */
const STOPPED =
  'A kill switch stops this action. It can be denied; it cannot be approved until an admin releases the switch.'
/** A request that expires announces nothing, so a waiting inbox looks again this often. */
const LOOK_AGAIN_MS = 5000

export function createShowing(deps: Deps) {
  const { store, policy, events } = deps

  async function view(caller: Caller, id: string): Promise<Result<ApprovalRequest>> {
    const request = await store.request(id)
    const agent = askingAgent(caller)
    if (!request || !agent || (request.agent !== agent.id && request.actor !== agent.id)) return notFound()
    return ok({ ...request, state: stateAt(request, deps.now()) })
  }

  async function settled(caller: Caller, id: string, timeoutMs: number, signal?: AbortSignal) {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      const left = deadline - performance.now()
      // Listen first, look second: what happens in between wakes the listener.
      const woken = events.waitFor(`request:${id}`, Math.max(0, left), signal)
      const seen = await view(caller, id)
      if (!seen.ok || seen.value.state !== 'pending' || left <= 0 || signal?.aborted) return seen
      await woken
    }
  }

  async function inbox(approver: Approver): Promise<Inbox> {
    const now = deps.now()
    const groups = approver.roles.filter((role) => role !== 'auditor')
    const options = { decidedSince: now - ANSWERED_FOR_SECONDS, limit: INBOX_LIMIT }
    const all = (await Promise.all(groups.map((group) => store.inbox(group, now, options)))).flat()
    const waiting = all.filter((request) => stateAt(request, now) === 'pending')
    const answered = all.filter((request) => stateAt(request, now) !== 'pending')
    const { together, stopped } = await answerableOf(approver, waiting)
    const seen = all.map((request) => {
      const { id, consents } = request
      return [id, stateAt(request, now), consents, together.has(id), stopped.has(id)]
    })
    const version = (await digestOf(seen)).slice('sha-256:'.length, 'sha-256:'.length + 22)
    return { waiting, together, stopped, answered, version }
  }

  async function answerableOf(approver: Approver, waiting: readonly ApprovalRequest[]) {
    const begun = waiting.filter(({ consents }) => consents > 0).map(({ id }) => id)
    const [runs, done, stopped] = await Promise.all([
      store.agentsRunBy(approver.id),
      store.consentedTo(approver.id, begun),
      store.stoppedAmong(waiting.map(({ id }) => id)),
    ])
    const together = waiting.filter(
      (request) =>
        !done.has(request.id) &&
        !stopped.has(request.id) &&
        whyAlone(request, deps.config.origin) === null &&
        eligibility(request, approver, runs).ok,
    )
    return { together: new Set(together.map(({ id }) => id)), stopped }
  }

  async function inboxChanged(
    version: string,
    approver: Approver,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Inbox> {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      const left = deadline - performance.now()
      const woken = events.waitFor('inbox', Math.min(Math.max(0, left), LOOK_AGAIN_MS), signal)
      const seen = await inbox(approver)
      if (seen.version !== version || left <= 0 || signal?.aborted) return seen
      await woken
    }
  }

  async function show(approver: Approver, id: string) {
    const request = await store.request(id)
    if (!request || !approver.roles.some((role) => role !== 'auditor')) return notFound()
    const [runs, principal, consents, stopped] = await Promise.all([
      store.agentsRunBy(approver.id),
      store.approver(request.principal),
      store.consents(id),
      store.isStopped(id),
    ])
    const eligible = eligibility(request, approver, runs)
    return ok({
      request,
      state: stateAt(request, deps.now()),
      cannotConsent: stopped ? STOPPED : eligible.ok ? null : eligible.refusal.message,
      selfApproval: approvesForSelf(request, approver.id, runs),
      consentedByMe: consents.some((consent) => consent.approver === approver.id),
      alone: whyAlone(request, deps.config.origin),
      principalName: principal?.name ?? null,
      policyTitle: request.policy === policy.digest ? policy.title : 'an earlier policy',
    })
  }

  async function traceEntries(who: Caller | Approver, trace: string) {
    const entries = await store.entriesOfTrace(trace)
    const everything = 'roles' in who ? who.roles.length > 0 : who.kind === 'operator' || who.kind === 'auditor'
    const mine = (body: string) => {
      const { type, agent, executor } = JSON.parse(body)
      // Whoever presents what is not theirs has no part in it.
      return (
        'kind' in who &&
        type !== 'token.refused' &&
        ((who.kind === 'agent' && agent === who.agent.id) ||
          (who.kind === 'executor' && executor === who.executor.audience))
      )
    }
    return entries.length > 0 && (everything || entries.some(({ body }) => mine(body))) ? ok(entries) : notFound()
  }

  return { view, settled, inbox, inboxChanged, show, traceEntries }
}
