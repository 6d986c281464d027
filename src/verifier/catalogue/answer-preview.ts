/**
 * Answers the authority's question for a preview: a challenge for exactly the action that it asks about.
 *
 * The question is signed by the authority and names this executor; nobody else gets a preview. Runs no action. SPEC 10.7.
 */
import { copyArguments, parseAction } from '../action/action.ts'
import { type Preview, parsePreview } from '../action/preview.ts'
import { resolveFrom } from '../authority/key-set.ts'
import type { Transport } from '../authority/transport.ts'
import { readBytes } from '../data/bytes.ts'
import { isJsonObject } from '../data/json.ts'
import { array, id, instant, openObject } from '../data/shape.ts'
import { ApprovalError } from '../errors/approval-error.ts'
import { problemResponse } from '../errors/problem.ts'
import { insist, refusingAsync } from '../errors/refuse.ts'
import { type ChallengeKey, createChallenge } from '../jwt/challenge.ts'
import { openJws } from '../keys/jws.ts'

const TYPE = 'preview-request+jwt'
const MAX_QUESTION_BYTES = 196_608
const SKEW_SECONDS = 5

/** The part of a guard's definition that a preview needs. Methods, since each guard types its own arguments. */
export type PreviewSource = {
  resource(args: object): string
  preview?(args: object): Preview | Promise<Preview>
  state?(args: object): string | Promise<string>
  reason?(args: object): string
}

export type PreviewDesk = {
  readonly issuer: string
  readonly audience: string
  readonly challengeKey: ChallengeKey
  readonly transport: Transport
  readonly now: () => number
  /** The guard of an action. */
  readonly find: (name: string) => PreviewSource | undefined
}

/** Makes a fetch handler. Refusals are problem documents; errors of the executor's own functions are thrown on. */
export function createPreviewAnswers(desk: PreviewDesk): (request: Request) => Promise<Response> {
  const resolveKey = resolveFrom(desk.issuer, desk.transport, desk.now)
  return async (request) => {
    try {
      const question = new TextDecoder().decode(await readBytes(request.body, MAX_QUESTION_BYTES))
      const action = await refusingAsync('invalid_request', async () =>
        readQuestion(desk, await openJws(question, TYPE, resolveKey)),
      )
      return new Response(await answer(desk, action), { headers: { 'content-type': 'application/jwt' } })
    } catch (error) {
      if (error instanceof ApprovalError) return problemResponse(error)
      throw error
    }
  }
}

const readClaims = openObject({
  iss: id,
  aud: id,
  iat: instant,
  exp: instant,
  authorization_details: array((value) => value, 1, 1),
})

function readQuestion({ issuer, audience, now }: PreviewDesk, claims: unknown) {
  const { iss, aud, iat, exp, authorization_details: details } = readClaims(claims, 'question')
  insist(iss === issuer && aud === audience, 'parties')
  insist(iat <= now() + SKEW_SECONDS && now() < exp + SKEW_SECONDS, 'time')
  const [detail] = details
  insist(isJsonObject(detail) && detail['type'] === 'countersign_action', 'type')
  const { type: _, ...action } = detail
  return parseAction(action)
}

async function answer(desk: PreviewDesk, action: ReturnType<typeof parseAction>): Promise<string> {
  const guard = desk.find(action.name)
  const args = copyArguments(action.arguments)
  if (guard?.resource(args) !== action.resource) throw new ApprovalError('not_found')
  const state = await guard.state?.(args)
  const shown: Preview | undefined = await guard.preview?.(args)
  const { challengeKey: key, audience, issuer, now } = desk
  return createChallenge(
    { key, audience, issuer, now: now() },
    {
      action,
      reason: guard.reason?.(args) ?? `${action.name} needs approval`,
      preview: shown && parsePreview(shown),
      state,
    },
  )
}
