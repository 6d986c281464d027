/**
 * The OAuth Transaction Authorization endpoint: an agent relays an executor's challenge, then polls for the token.
 *
 * The id is bound to the client that opened it. draft-rosomakho-oauth-txn-challenge-00; RFC 8628 section 3.5.
 */
import type { Context } from 'hono'
import { POLL_INTERVAL_SECONDS } from '../../api/requests/request-shapes.ts'
import { transactionTokenView, transactionView } from '../../api/requests/transaction-shapes.ts'
import type { Services } from '../../authority/compose.ts'
import type { Patience } from '../../authority/own-request.ts'
import type { Caller } from '../../domain/identity/parties.ts'
import { oauthError } from '../answer/problem-response.ts'
import { possessionOf } from '../call/call-headers.ts'
import type { Router } from '../call/router.ts'

type AgentCaller = Caller & { readonly kind: 'agent' }

const MAX_POLLERS = 10_000

/** Remembers, per process, when each client last polled each request, and the pause it has to leave. */
function createPacer(nowMs: () => number) {
  const pace = new Map<string, { at: number; intervalSeconds: number }>()
  return function tooSoon(client: string, request: string): boolean {
    // By client too: polling another's request slows down the poller alone.
    const id = `${client} ${request}`
    const known = pace.get(id)
    const soon = known !== undefined && nowMs() - known.at < known.intervalSeconds * 1000
    pace.delete(id)
    pace.set(id, { at: nowMs(), intervalSeconds: (known?.intervalSeconds ?? POLL_INTERVAL_SECONDS) + (soon ? 5 : 0) })
    const [oldest] = pace.keys()
    if (pace.size > MAX_POLLERS && oldest !== undefined) pace.delete(oldest)
    return soon
  }
}

export function serveTransaction(router: Router, { requests, tokens, config }: Services): void {
  const tooSoon = createPacer(() => performance.now())
  const answer = (context: Context, body: object) => context.json(body, 200, { 'cache-control': 'no-store' })

  const oneOfTwo =
    'Send transaction_challenge or transaction_authorization_id, one of the two; actor_token with a challenge alone.'

  router.serveRaw(
    'transaction',
    async ({ caller, context, form, patience }) => {
      const { transaction_challenge: challenge, transaction_authorization_id: id, actor_token: actorToken } = form
      if (challenge !== undefined && id === undefined) return begin(caller, { challenge, actorToken }, context)
      if (challenge === undefined && id !== undefined && actorToken === undefined)
        return poll(caller, id, context, patience())
      return oauthError({ code: 'invalid_request', message: oneOfTwo })
    },
    oauthError,
  )

  async function begin(
    caller: AgentCaller,
    { challenge, actorToken }: { readonly challenge: string; readonly actorToken: string | undefined },
    context: Context,
  ): Promise<Response> {
    const possession = possessionOf(context, config.origin)
    const opened = await requests.openFromChallenge(caller, challenge, possession, actorToken)
    if (!opened.ok) return oauthError(opened.refusal)
    return answer(context, transactionView(opened.value.request, config.origin))
  }

  async function poll(caller: AgentCaller, id: string, context: Context, patience: Patience): Promise<Response> {
    if (patience.timeoutMs === 0 && tooSoon(caller.agent.id, id)) {
      return oauthError({
        code: 'request_pending',
        message: 'Poll more slowly: leave five seconds more.',
        oauthError: 'slow_down',
      })
    }
    const minted = await tokens.collect(caller, id, possessionOf(context, config.origin), patience)
    return minted.ok ? answer(context, transactionTokenView(minted.value)) : oauthError(minted.refusal)
  }
}
