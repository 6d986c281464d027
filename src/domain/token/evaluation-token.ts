/**
 * The token of an evaluation: binds a proposal to the action that an agent was told people could approve. It gives no
 * right. SPEC 11.3.
 */
import { type Digest, digestOf, type JsonObject } from '@countersign/verifier'
import { createLocalJWKSet, errors, jwtVerify } from 'jose'
import { type SigningKey, sign } from './signing-keys.ts'

/** How long an agent may take to propose what it evaluated; shorter than a superseded key stays published. */
export const EVALUATION_LIFE_SECONDS = 600
const TYPE = 'evaluation+jwt'

/** The action that was evaluated, without the salt that its proposal will have. */
export interface EvaluatedAction {
  readonly agent: string
  /** The proven chain behind it. */
  readonly actors: readonly string[]
  readonly principal: string
  readonly executor: string
  readonly name: string
  readonly resource: string
  readonly arguments: JsonObject
}

export function evaluationDigest(evaluated: EvaluatedAction): Promise<Digest> {
  const { agent, actors, arguments: args, principal, executor, name, resource } = evaluated
  const action = { principal, executor, name, resource, arguments: args }
  return digestOf({ typ: 'countersign/evaluation/v1', agent, actors: [...actors], ...action })
}

interface EvaluationClaims {
  readonly iss: string
  readonly jti: string
  readonly iat: number
  readonly evaluation: Digest
}

export const signEvaluation = ({ iss, jti, iat, evaluation }: EvaluationClaims, key: SigningKey): Promise<string> =>
  sign(TYPE, { iss, aud: iss, jti, iat, exp: iat + EVALUATION_LIFE_SECONDS, evaluation }, key)

/** Whether the token is of this authority, of this action, and not over. `keys`: those published now. */
export async function isOfEvaluation(
  token: string,
  expected: Pick<EvaluationClaims, 'iss' | 'evaluation'>,
  keys: readonly Readonly<Record<string, unknown>>[],
  now: number,
): Promise<boolean> {
  const { iss, evaluation } = expected
  const options = { issuer: iss, audience: iss, typ: TYPE, currentDate: new Date(now * 1000), requiredClaims: ['exp'] }
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet({ keys: [...keys] }), options)
    return payload['evaluation'] === evaluation
  } catch (error) {
    if (error instanceof errors.JOSEError) return false
    throw error
  }
}
