/**
 * Routes of evaluations, as AuthZEN 1.0 has them: a denial is 200, and X-Request-ID comes back.
 *
 * The credential of an executor is not looked up here: its validity is part of the one deciding statement.
 */
import type { Context, Hono } from 'hono'
import type * as z from 'zod'
import { endpoints } from '../../api/endpoints.ts'
import { type Decisions, decisionView } from '../../api/policy/evaluation-shapes.ts'
import type { Services } from '../../authority/compose.ts'
import type { AgentCaller, AskedAccess, Evaluated } from '../../authority/evaluating/evaluate.ts'
import { hashSecret, kindOfCredential } from '../../domain/identity/credential.ts'
import { mapResult, ok, type Result, refuse } from '../../domain/refusal.ts'
import { problemResponse } from '../answer/problem-response.ts'
import { readJsonBody } from '../call/body.ts'
import { requestIdOf } from '../call/call-headers.ts'
import { bearerOf } from '../call/caller.ts'
import type { Call, Router } from '../call/router.ts'

export function serveEvaluations(app: Hono, router: Router, { evaluating, config }: Services): void {
  app.post(endpoints.evaluateAccess.path, async (context, next) => {
    const secret = bearerOf(context)
    if (secret === undefined || kindOfCredential(secret) !== 'executor') return next()
    const requestId = requestIdOf(context)
    if (requestId.ok && requestId.value !== undefined) context.header('x-request-id', requestId.value)
    const found = requestId.ok ? await allowCall(context, secret) : requestId
    return found.ok ? context.json(decisionView(found.value)) : problemResponse(config.origin, found.refusal)
  })

  async function allowCall({ req }: Context, secret: string): Promise<Result<Evaluated>> {
    const body = await readJsonBody(req.raw, endpoints.evaluateAccess)
    if (!body.ok) return body
    const asked = body.value.value as z.output<typeof endpoints.evaluateAccess.body>
    return evaluating.allowCall({ credentialHash: await hashSecret(secret) }, asked)
  }

  router.serve(
    'evaluateAccess',
    async ({ caller, body }) => (caller.kind === 'agent' ? evaluating.evaluate(caller, body) : NO_CREDENTIAL),
    decisionView,
  )

  router.serve('evaluateAccesses', async ({ caller, body }) => {
    const list = listOf(body)
    return list.ok ? evaluated(caller, list.value, body) : list
  })

  /** Without a list the answer is that of one. */
  async function evaluated(caller: AgentCaller, list: readonly AskedAccess[], { evaluations, options }: Body) {
    const [only] = list
    if (only && !evaluations?.length) return viewOf(await evaluating.evaluate(caller, only), decisionView)
    const semantic = options?.evaluations_semantic ?? 'execute_all'
    const found = await evaluating.evaluateAll(caller, list, semantic)
    return viewOf(found, (all) => ({ evaluations: all.map(decisionView) }))
  }
}

/** That of an executor, which was answered before. */
const NO_CREDENTIAL = refuse('unauthenticated', 'Send the credential as Authorization: Bearer.')

const viewOf = <T>(result: Result<T>, view: (value: T) => z.input<typeof Decisions>) => mapResult(result, view)

type Body = Call<'evaluateAccesses'>['body']

/** Each with what it leaves out from the members beside the list; without a list these alone. */
function listOf({ evaluations, ...defaults }: Body): Result<readonly AskedAccess[]> {
  const list: AskedAccess[] = []
  for (const [at, one] of (evaluations?.length ? evaluations : [{}]).entries()) {
    const { subject, action, resource, context } = { ...defaults, ...one }
    if (!subject || !action || !resource) return missing({ subject, action, resource }, evaluations?.length ? at : null)
    list.push({ subject, action, resource, context })
  }
  return ok(list)
}

function missing(members: Readonly<Record<string, unknown>>, at: number | null) {
  const [name] = Object.entries(members).find(([, value]) => value === undefined) ?? []
  const where = at === null ? '' : ` in evaluations.${at}, and beside the list`
  return refuse('invalid_request', `${name} is missing${where}.`)
}
