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
  'token.refused': () => 'an attempt to spend it again was refused',
  'outcome.reported': ({ outcome }) => `the executor reported: ${word(outcome)}`,
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
