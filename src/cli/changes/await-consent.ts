/**
 * Proposes an action and shows a countdown until a person has answered.
 *
 * An interrupt withdraws the request, since its answer would no longer be used.
 */
import type { Answer, Client, CollectedToken, ProveDpop, RequestView } from '../../client/client.ts'
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

/** `dpop`: proofs by the key that the token is to be bound to. */
export async function awaitConsent(
  context: Context,
  client: Client,
  proposal: Proposal,
  dpop?: ProveDpop,
): Promise<Approved> {
  const open = () => openWith(client, proposal, dpop)
  const collect = (request: RequestView, signal: AbortSignal) => client.waitForToken(request, { signal, dpop })
  const { request, value: token } = await awaitAnswer(context, client, open, collect)
  const { grant = null } = request
  const how = grant === null ? 'Approved.' : `Approved under the grant ${grant}.`
  if (request.decision === 'approval') context.output.note(`  ${context.output.notePaint.green('✔')} ${how}`)
  return { request, token }
}

export async function openWith(client: Client, body: Proposal, dpop?: ProveDpop): Promise<Answer<RequestView>> {
  const headers = dpop ? { dpop: await dpop({ method: 'POST', url: `${client.origin}/requests` }) } : {}
  return client.propose({ body, headers })
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
    if (request.state === 'pending') {
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
  const end = request.state === 'pending' ? wait(context, request) : () => {}
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
