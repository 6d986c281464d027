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
  const stop = new AbortController()
  const stopListening = onInterruption((failure) => stop.abort(failure))
  try {
    return await openAndCollect(context, client, proposal, stop.signal)
  } finally {
    stopListening()
  }
}

/** The opening itself is not cut off, since only its answer says what to withdraw. */
async function openAndCollect(context: Context, client: Client, proposal: Proposal, signal: AbortSignal) {
  const request = unwrap(await client.propose({ body: proposal }))
  if (request.decision === 'approval') {
    showLink(context.output, 'To answer, an approver opens', request.approval_uri)
  }
  const token = unwrap(await collect(context, client, request, signal))
  if (request.decision === 'approval') context.output.note(`  ${context.output.notePaint.green('✔')} Approved.`)
  return { request, token }
}

async function collect(
  context: Context,
  client: Client,
  request: RequestView,
  signal: AbortSignal,
): Promise<Answer<CollectedToken>> {
  const end = request.decision === 'approval' ? wait(context, request) : () => {}
  try {
    return await client.waitForToken(request, { signal })
  } catch (cause) {
    end()
    if (signal.aborted) await withdraw(context, client, request)
    throw cause
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
