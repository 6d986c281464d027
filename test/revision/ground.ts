/** An authority whose bank lets approvers change amounts and texts, under a policy that tells amounts apart. */
import type { ActionSpec, JsonObject } from '@countersign/verifier'
import { newSalt, parseAction } from '@countersign/verifier'
import type { Client } from '../../src/client/client.ts'
import { type Cast, startCast, verifierFor } from '../http/cast.ts'
import type { AuthorityOptions } from '../setup/authority.ts'
import { administer, enrolBy, mustSucceed, type Person } from '../setup/authority.ts'
import { withPolicy } from '../setup/policy.ts'

export const BANK = 'https://bank.example'

const AMOUNT = { type: 'integer', minimum: 0 }
export const PAY = {
  name: 'bank.pay',
  effect: 'write',
  reversible: true,
  phrase: 'Pay {amount} to {to.name}',
  arguments: [
    { name: 'to.name', label: 'Recipient', key: true },
    { name: 'amount', label: 'Amount', key: true, changeable: true },
    { name: 'note', label: 'Note', changeable: true },
    { name: 'lines.0', changeable: true },
  ],
  schema: {
    type: 'object',
    properties: {
      team: { type: 'string' },
      to: { type: 'object', properties: { name: { type: 'string' }, iban: { type: 'string' } } },
      amount: AMOUNT,
      note: { type: 'string', maxLength: 200 },
      lines: { type: 'array', items: { type: 'string' } },
    },
    required: ['team', 'to', 'amount'],
    additionalProperties: false,
  },
}
const CLOSE = {
  name: 'bank.close',
  effect: 'destructive',
  reversible: false,
  phrase: 'Close {account}',
  arguments: [{ name: 'reason', changeable: true }],
}
const PLAIN = { name: 'bank.plain', effect: 'write', reversible: true }

const to = (team: string, amount: string, annotations: string) => `${annotations}
permit (principal, action, resource is Resource) when { context.input.team == "${team}" && context.input.amount ${amount} };`

export const RULES = [
  to('one', '>= 0', '@id("one") @approvers("approver")'),
  to('self', '>= 0', '@id("self") @approvers("approver") @self("yes")'),
  to('two', '>= 0', '@id("two") @approvers("approver") @quorum("2")'),
  to('rich', '> 100', '@id("rich") @approvers("finance")'),
  to('rich', '<= 100', '@id("poor") @approvers("approver")'),
  to('more', '> 100', '@id("more") @approvers("approver") @quorum("2")'),
  to('more', '<= 100', '@id("less") @approvers("approver")'),
  to('free', '> 10', '@id("asks") @approvers("approver")'),
  to('free', '<= 10', '@id("free")'),
  `@id("ceiling") forbid (principal, action, resource is Resource) when { context.input has amount && context.input.amount > 1000 };`,
].join('\n')

export interface Ground {
  readonly cast: Cast
  readonly bank: { readonly audience: string; readonly credential: string }
  /** Further approvers, beside Ada and Ben. */
  readonly cleo: Person
  readonly dan: Person
}

const plain = (value: unknown): JsonObject => JSON.parse(JSON.stringify(value))

export async function startGround(options: AuthorityOptions = {}): Promise<Ground> {
  const cast = await startCast({ withStore: withPolicy(RULES), ...options })
  const { credential = '' } = await administer(cast.authority, cast.ada, {
    name: 'countersign.executor.add',
    resource: `executor:${BANK}`,
    arguments: plain({ audience: BANK, title: 'The bank', catalogue: [PAY, CLOSE, PLAIN] }),
  })
  const cleo = await enrolBy(cast.authority, cast.ada, 'Cleo')
  const dan = await enrolBy(cast.authority, cast.ada, 'Dan')
  await administer(cast.authority, cast.ada, {
    name: 'countersign.group.add',
    resource: 'group:finance',
    arguments: { name: 'finance', members: [dan.id] },
  })
  return { cast, bank: { audience: BANK, credential }, cleo, dan }
}

export const paying = (amount: number, more: JsonObject = {}): JsonObject => ({
  team: 'one',
  to: { name: 'Runner', iban: 'DE02' },
  amount,
  note: 'For March',
  ...more,
})

/** A request of the agent that waits, and its call. */
export async function ask({ cast }: Ground, args: JsonObject, more: Partial<ActionSpec> = {}) {
  const action: ActionSpec = { name: 'bank.pay', resource: 'account:ci', arguments: args, salt: newSalt(), ...more }
  const opened = mustSucceed(await cast.agent.propose({ body: { audience: BANK, action } }))
  return { ...opened, action }
}

type Answered = ReturnType<Person['consent']>
type Revised = Awaited<ReturnType<typeof callRevise>>
const callRevise = (page: Client, id: string, args: JsonObject) =>
  page.call('revise', { params: { id }, body: { arguments: args } })

export const revise = ({ page }: Person, id: string, args: JsonObject): Promise<Revised> => callRevise(page, id, args)

/** Signs what this person has changed. */
export async function sign({ page, authenticator }: Person, id: string): Answered {
  const offered = await page.call('offerRevision', { params: { id } })
  if (!offered.ok) return offered
  const assertion = await authenticator.assert({ challenge: String(offered.value.options['challenge']) })
  const target = offered.value.target ?? undefined
  return page.call('signRevision', { params: { id }, body: { assertion: assertion as never, target } })
}

export async function change(person: Person, id: string, args: JsonObject) {
  mustSucceed(await revise(person, id, args))
  return mustSucceed(await sign(person, id))
}

/** The token of a changed call, and the call, as the agent gets them. */
export async function collectChanged({ cast }: Ground, id: string) {
  const { token, action } = mustSucceed(await cast.agent.call('collectToken', { params: { id } }))
  return { token, action: parseAction(action) }
}

export async function present({ cast, bank }: Ground, token: string, { salt: _, ...call }: ActionSpec) {
  return verifierFor(cast, bank).verify(token, call)
}
