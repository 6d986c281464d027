/** The route of hooks: an agent’s credential, that of the machine’s executor beside it, and an answer in the client’s form. */
import type { JsonObject } from '@countersign/verifier'
import type { Workstation } from '../../authority/coding/workstation-caller.ts'
import type { Services } from '../../authority/compose.ts'
import { CLIENTS, codingClient } from '../../domain/coding/coding-call.ts'
import { hookAnswer } from '../../domain/coding/hook-answer.ts'
import { hashSecret } from '../../domain/identity/credential.ts'
import { type Result, refuse } from '../../domain/refusal.ts'
import { problemResponse } from '../answer/problem-response.ts'
import { waitMs } from '../call/call-headers.ts'
import { bearerIn } from '../call/caller.ts'
import type { Call, Router } from '../call/router.ts'

/** Characters: encoded they fit into what readers take of headers. */
const MAX_REASON = 1000

/** Half a surrogate pair has no encoding. */
const encodedReason = (reason: string): string =>
  encodeURIComponent(
    [...reason]
      .slice(0, MAX_REASON)
      .join('')
      .replace(/\p{Surrogate}/gu, '\uFFFD'),
  )

export function serveHooks(router: Router, { answerHook, people, config }: Services): void {
  router.serveRaw('answerHook', async (call) => {
    const verdict = await verdictOn(call)
    if (!verdict.ok) return problemResponse(config.origin, verdict.refusal)
    const { client, answer } = verdict.value
    call.context.header('countersign-verdict', answer.kind)
    if (answer.kind === 'refused') call.context.header('countersign-reason', encodedReason(answer.reason))
    return call.context.json(hookAnswer(client, answer))
  })

  async function verdictOn({ caller, context, param, body }: Call<'answerHook'>) {
    const client = codingClient(param('client'))
    if (client === undefined)
      return refuse('not_found', `No client is called so. There are ${CLIENTS.join(', ')}.`, { status: 404 })
    const at = await workstation(context.req.header('executor-authorization'))
    if (!at.ok) return at
    const question = { client, body: body as JsonObject, waitMs: waitMs(context), signal: context.req.raw.signal }
    const answer = await answerHook(caller, at.value, question)
    return answer.ok ? { ok: true as const, value: { client, answer: answer.value } } : answer
  }

  async function workstation(header: string | undefined): Promise<Result<Workstation>> {
    const secret = bearerIn(header)
    const executor = secret === undefined ? undefined : await people.callerOf(secret)
    if (secret === undefined || executor?.kind !== 'executor')
      return refuse(
        'unauthenticated',
        'Send the credential of the machine’s executor as Executor-Authorization: Bearer.',
      )
    return { ok: true, value: { ...executor, credentialHash: await hashSecret(secret) } }
  }
}
