/**
 * Reads the answer of an outside engine: yes or no, why, under which terms, by which version of its rules. Members that
 * AuthZEN 1.0 and OPA's Data API allow beside these are ignored; in the terms every unknown member is a fault, since a
 * misspelt one would weaken them. A fault means deny. SPEC 11.2.
 */

import type { JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import * as z from 'zod'
import { explainIssue } from '../../refusal.ts'
import { CLIENT, GROUP, type PermitTerms } from '../cedar/annotations.ts'
import { type Pointer, valuesAt } from './json-pointer.ts'

/** How an engine words its yes or no. */
export const DIALECTS = ['authzen', 'opa'] as const
export type Dialect = (typeof DIALECTS)[number]

const ENGINES: Readonly<Record<Dialect, string>> = { authzen: 'The AuthZEN engine', opa: 'OPA' }

/** Without the path and query of its address, which may hold a secret. */
export const engineTitle = ({ dialect, url }: { readonly dialect: Dialect; readonly url: string }): string =>
  `${ENGINES[dialect]} at ${new URL(url).origin}`

export interface AnswerReader {
  readonly dialect: Dialect
  /** The place of the terms. Null: the engine gives none. */
  readonly terms: Pointer | null
  /** The place of the version of the engine's rules. Null: it reports none. */
  readonly version: Pointer | null
}

export type EngineAnswer =
  | { readonly kind: 'permit'; readonly version: string; readonly terms: readonly PermitTerms[] }
  | { readonly kind: 'deny'; readonly version: string; readonly reason: string | null }
  /** `fault` is a sentence without data of the answer. */
  | { readonly kind: 'fault'; readonly fault: string }

const group = z.string().regex(GROUP, 'must be the name of a group')
const groups = z
  .array(group)
  .min(1)
  .max(16)
  .transform((names) => [...new Set(names)])
const requirement = z.union([
  group.transform((name) => ({ groups: [name], count: 1 })),
  z.strictObject({ groups, count: z.int().min(1).max(8).default(1) }),
])

/** The terms as one rule of the engine gives them. */
const givenTerms = z
  .strictObject({
    approvers: z.array(requirement).max(8).default([]),
    ordered: z.boolean().default(false),
    ttl_seconds: z.int().min(1).max(600).optional(),
    uses: z.int().min(1).max(1000).optional(),
    actor: z.string().regex(CLIENT, 'must be the client id of an agent').optional(),
    self_approval: z.boolean().optional(),
    state_required: z.boolean().default(false),
    typed_target: z.boolean().default(false),
    device_bound: z.boolean().default(false),
    grant_uses: z.int().min(0).max(1000).optional(),
  })
  .transform(
    ({ approvers, ordered, ...given }): PermitTerms => ({
      requirements: approvers,
      ordered,
      ttlSeconds: given.ttl_seconds ?? null,
      uses: given.uses ?? null,
      actor: given.actor ?? null,
      selfApproval: given.self_approval ?? null,
      stateRequired: given.state_required,
      typedTarget: given.typed_target,
      deviceBound: given.device_bound,
      grantUses: given.grant_uses ?? null,
    }),
  )

/** The terms of an engine that gives none. */
const NO_TERMS: readonly PermitTerms[] = [givenTerms.parse({})]

const MAX_RULES = 64
const MAX_REASON = 300
const MAX_VERSION = 256

const fault = (words: string): EngineAnswer => ({ kind: 'fault', fault: words })

export function readAnswer(reader: AnswerReader, body: JsonValue): EngineAnswer {
  const verdict = verdictOf(reader.dialect, body)
  if (verdict === undefined) return fault(NO_VERDICT[reader.dialect])
  const version = versionAt(reader.version, body)
  if (version === undefined) return fault('Its answer has no version at the configured place.')
  if (!verdict.permit) return { kind: 'deny', version, reason: reasonIn(verdict.context) }
  return reader.terms === null ? { kind: 'permit', version, terms: NO_TERMS } : withTerms(reader.terms, version, body)
}

const NO_VERDICT: Readonly<Record<Dialect, string>> = {
  authzen: 'Its answer has no decision that is true or false.',
  opa: 'Its answer has no result that is true or false, or an object whose allow is.',
}

interface Verdict {
  readonly permit: boolean
  readonly context: JsonValue
}

function verdictOf(dialect: Dialect, body: JsonValue): Verdict | undefined {
  if (!isJsonObject(body)) return undefined
  return dialect === 'authzen' ? verdictIn(body['decision'], body['context'] ?? null) : verdictOfResult(body['result'])
}

/** OPA leaves `result` out where its document is undefined: nothing permits the action then. */
function verdictOfResult(result: JsonValue | undefined): Verdict | undefined {
  if (result === undefined) return { permit: false, context: null }
  return isJsonObject(result) ? verdictIn(result['allow'], result) : verdictIn(result, null)
}

const verdictIn = (permit: JsonValue | undefined, context: JsonValue): Verdict | undefined =>
  typeof permit === 'boolean' ? { permit, context } : undefined

/** A place that is configured has to be there: without terms, what needs a person would be allowed. */
function withTerms(pointer: Pointer, version: string, body: JsonValue): EngineAnswer {
  const found = valuesAt(pointer, body)
  if (found.length === 0) return fault('It permits the action, but gives no terms at the configured place.')
  if (found.length > MAX_RULES) return fault(`It gives terms more than ${MAX_RULES} times.`)
  const parsed = givenTerms.array().safeParse(found)
  if (!parsed.success) return fault(`It gives terms that do not fit. ${explainIssue(parsed.error.issues[0], 'terms')}`)
  return { kind: 'permit', version, terms: parsed.data }
}

function versionAt(pointer: Pointer | null, body: JsonValue): string | undefined {
  if (pointer === null) return ''
  const found = valuesAt(pointer, body)
  const texts = found.filter((value) => typeof value === 'string' && value.length <= MAX_VERSION)
  return texts.length === found.length && found.length > 0 ? texts.slice(0, MAX_RULES).join(' ') : undefined
}

/** The engine's own sentence, as text for people: one line, cut short. */
function reasonIn(context: JsonValue): string | null {
  const reason = isJsonObject(context) ? context['reason'] : undefined
  if (typeof reason !== 'string') return null
  const line = reason.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  return line === '' ? null : line.slice(0, MAX_REASON)
}
