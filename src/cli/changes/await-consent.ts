/**
 * Proposes an action and shows a countdown until a person has answered.
 *
 * An interrupt withdraws the request, since its answer would no longer be used.
 */
import type { Answer, Client, CollectedToken, RequestView } from '../../client/client.ts'
import type { Context } from '../context.ts'
import { EXIT, Failure, failureOf } from '../exit.ts'
import { showLink } from '../terminal/output.ts'
import { visible } from '../terminal/paint.ts'
import { startCountdown } from '../terminal/waiting.ts'

type Proposal = Parameters<Client['propose']>[0]['body']

export interface Approved {
  readonly request: RequestView
  readonly token: CollectedToken
}

export async function awaitConsent(context: Context, client: Client, proposal: Proposal): Promise<Approved> {
  const opened = await client.propose({ body: proposal })
  if (!opened.ok) throw failureOf(opened.problem)
  const request = opened.value
  if (request.decision === 'approval') {
    showLink(context.output, 'To answer, an approver opens', request.approval_uri)
  }
  const answer = await collect(context, client, request)
  if (!answer.ok) throw failureOf(answer.problem)
  if (request.decision === 'approval') context.output.note(`  ${context.output.notePaint.green('✔')} Approved.`)
  return { request, token: answer.value }
}

async function collect(context: Context, client: Client, request: RequestView): Promise<Answer<CollectedToken>> {
  const stop = new AbortController()
  const interrupt = () => stop.abort(interrupted)
  process.once('SIGINT', interrupt)
  const end = request.decision === 'approval' ? wait(context, request) : () => {}
  try {
    return await client.waitForToken(request, { signal: stop.signal })
  } catch (cause) {
    end()
    if (cause === interrupted) await withdraw(context, client, request)
    throw cause
  } finally {
    end()
    process.off('SIGINT', interrupt)
  }
}

const wait = ({ output }: Context, { quorum, expires_at }: RequestView) =>
  startCountdown(output, quorum === 1 ? 'Waiting for consent' : `Waiting for ${quorum} consents`, expires_at)

const interrupted = new Failure('interrupted', 'Interrupted.', EXIT.interrupted)

async function withdraw({ output }: Context, client: Client, { id }: RequestView): Promise<void> {
  output.note('  Withdrawing the request …')
  const answer = await client.call('withdrawRequest', { params: { id } })
  output.note(
    answer.ok ? '  The request is withdrawn.' : `  It could not be withdrawn: ${visible(answer.problem.detail)}`,
  )
}
