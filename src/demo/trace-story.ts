/** The ledger's entries of one trace, each in a sentence, for people. */
import type { Paint } from '../cli/terminal/paint.ts'
import { instant } from '../cli/terminal/time.ts'

export type Entry = Readonly<Record<string, unknown>>

const SENTENCES: Readonly<Record<string, (entry: Entry) => string>> = {
  'request.created': ({ agent, name }) => `${word(agent)} asked for ${word(name, 'an action')}`,
  'request.decided': () => 'the policy decided who has to consent',
  'consent.given': ({ approver, consent }) =>
    `${word(approver ?? (consent as Entry | undefined)?.['approver'], 'an approver')} consented with a passkey`,
  'consent.denied': ({ approver }) => `${word(approver, 'an approver')} denied`,
  'token.issued': () => 'the authority issued one token',
  'token.redeemed': ({ executor }) => `${word(executor, 'the executor')} spent it`,
  'token.refused': ({ code }) => REFUSED[word(code)] ?? `an attempt was refused: ${word(code, 'no reason given')}`,
  'outcome.reported': ({ outcome }) => `the executor reported: ${word(outcome)}`,
}

/** What an attempt was, by the code of its refusal. */
const REFUSED: Readonly<Record<string, string>> = {
  token_redeemed: 'an attempt to spend it again was refused',
  action_mismatch: 'an attempt to spend it on another call was refused',
  state_changed: 'an attempt to spend it on what had changed was refused',
  token_signature: 'a token that the authority did not sign was refused',
  token_expired: 'an attempt to spend it too late was refused',
  killed: 'an attempt was refused: a kill switch stopped it',
}

export function traceStory(entries: readonly Entry[], paint: Paint): string {
  return entries.map((entry) => `     ${paint.dim(timeOf(entry))}  ${sentenceOf(entry)}`).join('\n')
}

function sentenceOf(entry: Entry): string {
  const type = String(entry['type'])
  return SENTENCES[type]?.(entry) ?? type
}

const timeOf = ({ at }: Entry): string => (typeof at === 'number' ? instant(at) : '')
const word = (value: unknown, otherwise = 'someone'): string => (typeof value === 'string' ? value : otherwise)
