/** Access, rate limits and answers shared by the use cases of drafts. SPEC 11.4. */
import { type Caller, isPerson, type SignedIn } from '../../domain/identity/parties.ts'
import type { Problem } from '../../domain/policy/cedar/split-policies.ts'
import type { DraftAnswer, DraftJob, Drafts } from '../../domain/policy/drafts/draft-job.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
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

/** An answer, or what is wrong with the draft. */
export type Tried<T> = T | { readonly problems: readonly Problem[] }
type Answered = Extract<DraftAnswer, { readonly kind: 'answered' }>

export async function askDraft(drafts: Drafts, job: DraftJob): Promise<Result<Tried<Answered>>> {
  const answer = await drafts.answer(job)
  if (answer.kind === 'failed' || answer.kind === 'busy')
    return refuse('rate_limited', answer.words, { retryAfterSeconds: 5 })
  return ok(answer.kind === 'faulty' ? { problems: answer.problems } : answer)
}
