/** Routes of evaluations, as AuthZEN 1.0 has them: a denial is 200, and X-Request-ID comes back. */
import type { z } from 'zod'
import { type Decisions, decisionView } from '../../api/policy/evaluation-shapes.ts'
import type { Services } from '../../authority/compose.ts'
import type { AgentCaller, AskedAccess } from '../../authority/evaluating/evaluate.ts'
import { mapResult, ok, type Result, refuse } from '../../domain/refusal.ts'
import type { Call, Router } from '../call/router.ts'

export function serveEvaluations(router: Router, { evaluating }: Services): void {
  router.serve('evaluateAccess', ({ caller, body }) => evaluating.evaluate(caller, body), decisionView)

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
