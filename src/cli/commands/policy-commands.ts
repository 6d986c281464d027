/** `policy show`, `history` and `publish`, and `why`: what the rules are, were and decided. */
import type { Command } from 'commander'
import type { CallOutput } from '../../client/call-types.ts'
import type { Client } from '../../client/client.ts'
import type { NameOf } from '../../domain/identity/display-names.ts'
import { fileBytes } from '../arguments/json-file.ts'
import { makeChange } from '../changes/administer.ts'
import { type Context, contextOf } from '../context.ts'
import { Failure, unwrap } from '../exit.ts'

import { harmless } from '../terminal/output.ts'
import { peopleOf } from '../terminal/people.ts'
import { type Fact, facts, table } from '../terminal/table.ts'
import { instant } from '../terminal/time.ts'

const policies = async (client: Client) => unwrap(await client.call('listPolicies'))

export async function showPolicy(version: string | undefined, _: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const wanted = version ?? String((await policies(client())).in_force)
  const policy = unwrap(await client().call('viewPolicy', { params: { version: wanted } }))
  output.note(`Version ${policy.version}, of ${instant(policy.created_at)}`)
  output.result(policy, harmless(policy.text.trimEnd().replaceAll('\r\n', '\n'), { styled: false }))
}

export async function listPolicies(_: object, command: Command): Promise<void> {
  const { output, client } = contextOf(command)
  const history = await policies(client())
  const nameOf = await peopleOf(client())
  const rows = history.versions.map((one) => [
    String(one.version),
    one.version === history.in_force ? 'in force' : '',
    instant(one.created_at),
    proposerOf(one.author, nameOf),
    one.approvers.map(nameOf).join(', ') || '–',
    one.reason ?? '–',
    one.request ?? '–',
    one.digest,
  ])
  output.result(history, table(HEADER, rows, { paint: output.paint, nothing: 'There is no policy.' }))
}

function proposerOf(author: string | null, nameOf: NameOf): string {
  if (author === null) return 'the default policy'
  return author === 'countersign-operator' ? 'the operator' : nameOf(author)
}

const HEADER = ['VERSION', '', 'SINCE', 'PROPOSED BY', 'APPROVED BY', 'REASON', 'REQUEST', 'DIGEST']

interface PublishOptions {
  readonly edited?: number
  readonly reason?: string | undefined
}

export async function publishPolicy(file: string, options: PublishOptions, command: Command): Promise<void> {
  await proposePolicy(contextOf(command), fileBytes(file).toString(), options)
}

/** Proposes a text in place of the version that was edited, by default that in force. */
export async function proposePolicy(context: Context, text: string, options: PublishOptions): Promise<void> {
  const version = options.edited ?? (await policies(context.client())).in_force
  const args = { version, text }
  const change = {
    name: 'countersign.policy.publish',
    resource: 'policy',
    arguments: args,
    reason: options.reason,
  } as const
  await makeChange(context, change, { done: `Version ${version + 1} of the policy is in force.` })
}

/** Takes a request, or a trace: of what was denied there is no request. */
export async function explainDecision(id: string, _: object, command: Command): Promise<void> {
  const context = contextOf(command)
  const [output, client] = [context.output, context.client()]
  const trace = /^[0-9a-f]{32}$/.test(id) ? id : Buffer.from(id, 'base64url').toString('hex')
  const story = unwrap(await client.call('trace', { params: { trace } }))
  const decided = story.entries.find(({ type }) => type === 'request.decided')
  if (!decided)
    throw new Failure(
      'not_found',
      undecided(
        story.entries.find(({ type }) => type === 'token.refused'),
        trace,
      ),
    )
  const hindered = await hindrancesNow(client, String(decided['request'] ?? id))
  const waits = Object.values(hindered).map((why) => ['waits', why] as const)
  const answered = answersIn(story.entries, await peopleOf(client))
  output.result({ ...decided, ...hindered }, facts([...factsOf(decided), ...answered, ...waits], output.paint))
}

/** A call that was refused before the policy was asked, for its arguments or its form, has no decision. */
const undecided = (refused: Entry | undefined, trace: string): string =>
  refused === undefined
    ? `No policy was asked in the trace ${trace}. Give the id of a request, or the trace that a refusal names.`
    : `No policy was asked: ${String(refused['name'] ?? 'the call')} was refused before, with ${String(refused['code'])}. ${NEXT_STEPS}`

const NEXT_STEPS = 'Correct what the message of the refusal names, and propose it again.'

/** Why nobody can fill the quorum of a request, and why the policy refuses it now; nothing where the caller may not view it. */
async function hindrancesNow(client: Client, id: string): Promise<Readonly<Record<string, string>>> {
  const seen = await client.call('viewRequest', { params: { id } })
  if (!seen.ok) return {}
  const { policy_denied, unfillable } = seen.value
  return { ...(policy_denied && { policy_denied }), ...(unfillable && { unfillable }) }
}

type Entry = CallOutput<'trace'>['entries'][number]

/** The people who answered; of a call under a grant, the grant that they gave. */
function answersIn(entries: readonly Entry[], nameOf: NameOf): readonly Fact[] {
  const grant = entries.find(({ type }) => type === 'request.decided')?.['grant']
  const answers = entries.flatMap((entry) => answerIn(entry, nameOf) ?? [])
  return [
    ...(grant === undefined ? [] : [['under', `grant ${grant}: countersign requests show ${grant}`] as const]),
    ...(answers.length === 0 ? [] : [['answered by', answers.join('; ')] as const]),
  ]
}

function answerIn({ type, approver, consent }: Entry, nameOf: NameOf): string | undefined {
  const who = nameOf(String(approver))
  if (type === 'consent.denied') return `${who}, who denied`
  if (type === 'consent.voided') return `${who}, whose consent counts no more`
  if (type !== 'consent.given') return undefined
  const { on_behalf_of: absent } = Object(consent)
  return absent === undefined ? who : `${who} for ${nameOf(String(absent))}, who was away`
}

const EFFECTS: Readonly<Record<string, string>> = { allow: 'allowed', approval: 'asks people', deny: 'denied' }

/** As the entry of the decision holds them; a denial has none. */
function termsOf(entry: Entry): string {
  const { quorum, uses, client_id: actor, ordered, self_approval: self, device_bound: bound } = entry
  if (quorum === undefined) return '–'
  return [
    Number(quorum) === 0
      ? 'asks nobody'
      : `consents: ${quorum}${ordered === true ? ', in the order of the groups' : ''}`,
    `uses: ${uses}`,
    `held by ${actor}`,
    ...(self === true ? ['the person for whom it is may consent'] : []),
    ...(bound === true ? ['only passkeys bound to one device'] : []),
  ].join('; ')
}

function factsOf(entry: Entry) {
  const text = (name: string) => String(entry[name] ?? '–')
  const named = Array.isArray(entry['policies']) ? entry['policies'].map(String) : []
  return [
    ['decision', EFFECTS[text('decision')] ?? text('decision')],
    ['why', text('reason')],
    ['policies', named.join(', ') || '–'],
    ['terms', termsOf(entry)],
    ['policy', text('policy')],
    ['when', instant(Number(entry['at']))],
  ] as const
}
