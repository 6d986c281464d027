/**
 * Refused enrolments in the ledger: the first at once, repeats as a count each minute. Strangers have no identity, so
 * their refusals are grouped by code alone: guessing links adds one entry a minute. SPEC 8, 10.
 */
import { newTrace } from '../../domain/approval/approval-request.ts'
import type { Result } from '../../domain/refusal.ts'
import { type RefusalNeeds, recordRefusal } from '../refusal-record.ts'
import type { PeopleNeeds } from './sessions.ts'

type EnrolmentNeeds = PeopleNeeds & RefusalNeeds
type Enroller = { readonly approver?: string }
type Step<Needs, Input extends readonly unknown[], T> = (deps: Needs, ...input: Input) => Promise<Result<T>>

/** The step of an enrolment, with its refusals recorded. `who`: the person whom its input names. Default: a stranger. */
export const recordingRefusals =
  <Needs, Input extends readonly unknown[], T>(
    step: Step<Needs, Input, T>,
    who: (...input: Input) => Enroller = () => ({}),
  ): Step<Needs & EnrolmentNeeds, Input, T> =>
  async (deps, ...input) => {
    const result = await step(deps, ...input)
    if (!result.ok) await record(deps, who(...input), result.refusal.code)
    return result
  }

const record = (deps: EnrolmentNeeds, by: Enroller, code: string) =>
  recordRefusal(deps, { by, trace: newTrace(deps.randomBytes), members: { ...by, code, enrolment: true } })
