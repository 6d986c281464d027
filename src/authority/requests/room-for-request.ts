/**
 * Whether a request can be kept and answered at all: its token can be presented, its agent may have so much more stored,
 * and its arguments read one way. SPEC 3, 6.
 */
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { Payload } from '../../domain/ledger/payload.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import { expectedTokenBytes, MAX_TOKEN_BYTES } from '../../domain/token/build-claims.ts'
import type { Deps } from '../deps.ts'

/** Before anybody is asked: whether the token can be presented, and the agent may have so much more stored. */
export async function roomFor(
  { config, limits }: Pick<Deps, 'config' | 'limits'>,
  request: ApprovalRequest,
  payloads: readonly Payload[],
): Promise<Result<true>> {
  const fitting = fitsToken({ config }, request)
  if (!fitting.ok) return fitting
  if (request.audience === config.origin) return ok(true)
  const bytes = payloads.reduce((sum, { content }) => sum + encoder.encode(content).length, 0)
  const waitSeconds = await limits.take('agentBytes', request.agent, bytes)
  if (waitSeconds === null) return ok(true)
  return refuse('rate_limited', `Too much was sent in a minute. Try again in ${waitSeconds} s, or send less.`, {
    retryAfterSeconds: waitSeconds,
  })
}

/** Whether executors accept a token of this size. */
export const fitsToken = ({ config }: Pick<Deps, 'config'>, request: ApprovalRequest): Result<true> =>
  expectedTokenBytes(config.origin, request) > MAX_TOKEN_BYTES ? TOKEN_TOO_LARGE : ok(true)

const encoder = new TextEncoder()

export const readsTwoWays = (path: string) =>
  refuse(
    'invalid_request',
    `The arguments have two values for ${path}: a member named with dots, and a nested one. Send the one that the executor reads.`,
  )

const TOKEN_TOO_LARGE = refuse(
  'invalid_request',
  'The token of this action would be larger than executors accept (12,288 bytes). Shorten the resource or act.',
)
