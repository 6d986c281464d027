/** Counts answers by their status and, where they refuse, by the code that they carry. */
import { ERROR_STATUS, parseJson } from '@countersign/verifier'
import type { MiddlewareHandler } from 'hono'

export interface HttpMetrics {
  readonly answered: (status: number, code: string | null) => void
  /** What is counted, as text of this media type. */
  readonly exposition: () => Promise<{ readonly type: string; readonly text: string }>
}

export function countAnswers({ answered }: HttpMetrics): MiddlewareHandler {
  return async (context, next) => {
    await next()
    const { status } = context.res
    // The body of an answer to HEAD was given up already.
    const hasCode = status >= 400 && context.req.method !== 'HEAD'
    answered(status, hasCode ? await codeOf(context.res) : null)
  }
}

/** Problems and OAuth errors carry one; pages do not. */
async function codeOf(response: Response): Promise<string | null> {
  if (!response.headers.get('content-type')?.includes('json')) return null
  const body = parseJson(await response.clone().text())
  const code = typeof body === 'object' && body !== null && 'code' in body ? body['code'] : undefined
  return typeof code === 'string' && Object.hasOwn(ERROR_STATUS, code) ? code : null
}
