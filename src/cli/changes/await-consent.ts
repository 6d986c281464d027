/**
 * Proposes an action and shows a countdown until a person has answered.
 *
 * An interrupt withdraws the request, since its answer would no longer be used.
 */
import type { Answer, Client, CollectedToken, RequestView } from '../../client/client.ts'
import type { Context } from '../context.ts'
import { onInterruption, unwrap } from '../exit.ts'
import { showLink } from '../terminal/output.ts'
import { visible } from '../terminal/paint.ts'
import { startCountdown } from '../terminal/waiting.ts'

type Proposal = Parameters<Client['propose']>[0]['body']

export interface Approved {
  readonly request: RequestView
  readonly token: CollectedToken
}

export async function awaitConsent(context: Context, client: Client, proposal: Proposal): Promise<Approved> {
  const open = () => client.propose({ body: proposal })
  const collect = (request: RequestView, signal: AbortSignal) => client.waitForToken(request, { signal })
  const { request, value: token } = await awaitAnswer(context, client, open, collect)
  if (request.decision === 'approval') context.output.note(`  ${context.output.notePaint.green('✔')} Approved.`)
  return { request, token }
}

type Settle<T> = (request: RequestView, signal: AbortSignal) => Promise<Answer<T>>

/** `settle` resolves once people have answered. */
export async function awaitAnswer<T>(
  context: Context,
  client: Client,
  open: () => Promise<Answer<RequestView>>,
  settle: Settle<T>,
): Promise<{ readonly request: RequestView; readonly value: T }> {
  const stop = new AbortController()
  const stopListening = onInterruption((failure) => stop.abort(failure))
  try {
    // The opening itself is not cut off, since only its answer says what to withdraw.
    const request = unwrap(await open())
    if (request.decision === 'approval') {
      showLink(context.output, 'To answer, an approver opens', request.approval_uri)
    }
    return { request, value: unwrap(await settled(context, client, request, settle, stop.signal)) }
  } finally {
    stopListening()
  }
}

async function settled<T>(
  context: Context,
  client: Client,
  request: RequestView,
  settle: Settle<T>,
  signal: AbortSignal,
): Promise<Answer<T>> {
  const end = request.decision === 'approval' ? wait(context, request) : () => {}
  try {
    return await settle(request, signal)
  } catch (cause) {
    end()
    if (signal.aborted) await withdraw(context, client, request)
    throw signal.aborted ? signal.reason : cause
  } finally {
    end()
  }
}

const wait = ({ output }: Context, { quorum, expires_at }: RequestView) =>
  startCountdown(output, quorum === 1 ? 'Waiting for consent' : `Waiting for ${quorum} consents`, expires_at)

async function withdraw({ output }: Context, client: Client, { id }: RequestView): Promise<void> {
  output.note('  Withdrawing the request …')
  const answer = await client.call('withdrawRequest', { params: { id } })
  output.note(
    answer.ok ? '  The request is withdrawn.' : `  It could not be withdrawn: ${visible(answer.problem.detail)}`,
  )
}
