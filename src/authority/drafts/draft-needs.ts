/** The shared part of all use cases of drafts: callers, rates, and the rules that a draft is tried under. SPEC 11.4. */
import { digestOf } from '@countersign/verifier'
import { type Caller, isPerson, type SignedIn } from '../../domain/identity/parties.ts'
import type { Problem } from '../../domain/policy/cedar/split-policies.ts'
import type { DraftAnswer, DraftJob, DraftRules, Drafts } from '../../domain/policy/drafts/draft-job.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { Config } from '../config.ts'
import type { Deps } from '../deps.ts'
import { tooMany } from '../refusals.ts'

export type DraftNeeds = Pick<Deps, 'config' | 'limits' | 'drafts'>
/** An operator, or an admin on a page. */
export type Drafter = Exclude<Caller, { readonly kind: 'agent' | 'executor' | 'auditor' }> | SignedIn

const NOT_HERE =
  'This authority runs where no draft can be tried apart from the policy in force. Try it with an authority on Node.js.'

/** Refuses: `rate_limited`, `forbidden`. */
export async function admitDrafter({ limits, drafts }: DraftNeeds, by: Drafter): Promise<Result<Drafts>> {
  const waitSeconds = await limits.take('drafts', isPerson(by) ? by.id : by.credentialId)
  if (waitSeconds !== null) return tooMany(waitSeconds)
  return drafts === null ? refuse('forbidden', NOT_HERE) : ok(drafts)
}

export async function rulesFor(text: string, config: Config): Promise<DraftRules> {
  const { origin: authority, tokenTtlSeconds: ttlSeconds, selfApproval } = config
  const digest = await digestOf({ typ: 'countersign/policy/draft/v1', text })
  return { digest, authority, ttlSeconds, selfApproval }
}

/** An answer, or what is wrong with the draft. */
export type Tried<T> = T | { readonly problems: readonly Problem[] }
type Answered = Extract<DraftAnswer, { readonly kind: 'answered' }>

export async function askDraft(drafts: Drafts, job: DraftJob): Promise<Result<Tried<Answered>>> {
  const answer = await drafts.answer(job)
  if (answer.kind === 'failed' || answer.kind === 'busy')
    return refuse('rate_limited', answer.words, { retryAfterSeconds: 5 })
  return ok(answer.kind === 'faulty' ? { problems: answer.problems } : answer)
}

/** The first problem, with its place. */
export function problemsInWords([first, ...others]: readonly Problem[]): string {
  if (!first) return 'The policy does not compile.'
  const { line, column, message, suggestion } = first
  const instead = suggestion === null ? '' : ` Write “${suggestion}” instead.`
  const more = others.length === 0 ? '' : ` There are ${others.length} more.`
  return `Line ${line}, column ${column}: ${message}${instead}${more}`
}
