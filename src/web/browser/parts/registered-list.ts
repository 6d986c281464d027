/**
 * Everything that was registered before the first admin, in full, as elements: it is made of the very document whose
 * digest is signed. Hidden and lookalike characters in titles are marked. SPEC 10.1.
 */
import type { ExecutorRow, RegisteredDocument } from '@countersign/verifier/authority'
import { count, countSwitches, day, forWhom } from '../../parts/wording.ts'
import { type Child, element, marked } from './marked-text.ts'

export function registeredList({ agents, executors, credentials, killswitches }: RegisteredDocument): HTMLElement[] {
  const clients = credentials.filter(({ kind }) => kind === 'agent' || kind === 'executor')
  const others = credentials.filter((credential) => !clients.includes(credential))
  return [
    element('p', ...summary({ agents, executors, credentials, killswitches })),
    ...section('Kill switches stop these from the start, until an admin releases them', killswitches.map(switchItem)),
    ...section('Agents may ask for actions', agents.map(agentItem)),
    ...section('Executors carry them out', executors.map(executorItem)),
    ...section('Operators register things and stop them; auditors read the ledger', others.map(credentialItem)),
    ...section('Credentials of agents and executors', clients.map(credentialItem)),
  ]
}

const summary = ({ agents, executors, credentials, killswitches }: RegisteredDocument): Child[] => [
  element('b', 'Read what is registered already. '),
  `Nobody has consented to it: ${count(agents.length, 'agent')}, ${count(executors.length, 'executor')}, ${count(credentials.length, 'credential')}, ${countSwitches(killswitches.length)}. Your passkey signs exactly this, and the ledger keeps it. If something does not belong, close this page and revoke it first.`,
]

function section(title: string, items: readonly HTMLElement[]): HTMLElement[] {
  return items.length === 0 ? [] : [element('h2', title), element('ul', ...items)]
}

function switchItem({ killswitch, selector }: RegisteredDocument['killswitches'][number]): HTMLElement {
  const named = Object.entries(selector).flatMap(([member, value], at) => [
    `${at > 0 ? ' with ' : ''}${member} `,
    element('b', ...marked(String(value))),
  ])
  const what = named.length === 0 ? [element('b', 'everything')] : named
  return element('li', ...what, ', ', element('code', ...marked(killswitch)))
}

function agentItem({ agent, principals, run_by: runBy }: RegisteredDocument['agents'][number]): HTMLElement {
  const by = runBy === null ? '' : `, run by ${runBy}`
  return element(
    'li',
    element('b', ...marked(agent)),
    ` ${principals.map((one) => forWhom(agent, one)).join(', ')}${by}`,
  )
}

function executorItem({ executor, title, catalogue, challenge_keys: keys }: ExecutorRow): HTMLElement {
  const [reads, rest] = [catalogue.filter(isRead), catalogue.filter((entry) => !isRead(entry))]
  return element(
    'li',
    element('b', ...marked(title)),
    ' ',
    element('code', ...marked(executor)),
    ...actions('Nobody is asked for these', reads),
    ...actions('A person is asked for these', rest),
    ...keys.map(keyItem),
  )
}

type CatalogueEntry = ExecutorRow['catalogue'][number]

const isRead = ({ effect }: CatalogueEntry): boolean => effect === 'read'

function actions(title: string, entries: readonly CatalogueEntry[]): HTMLElement[] {
  if (entries.length === 0) return []
  return [element('p', `${title}: ${count(entries.length, 'action')}`), element('ul', ...entries.map(actionItem))]
}

const keyItem = (key: ExecutorRow['challenge_keys'][number]): HTMLElement =>
  element('p', 'Challenge key ', element('code', ...marked(String(key.kid))), ' ', wholeOf('The key as JSON', key))

function actionItem({ name, effect, reversible, title, description, ...rest }: CatalogueEntry): HTMLElement {
  const pill = element('span', String(effect))
  pill.className = `pill${effect === 'destructive' ? ' danger' : ''}`
  const words = typeof title === 'string' ? [': ', ...marked(title)] : []
  return element(
    'li',
    ...[element('code', ...marked(String(name))), ' ', pill, undone(reversible), ...words],
    ...(typeof description === 'string' ? [element('p', ...marked(description))] : []),
    ...argumentsOf(rest['schema']),
    ...(Object.keys(rest).length > 0
      ? [wholeOf(`What else is registered: ${Object.keys(rest).join(', ')}`, rest)]
      : []),
  )
}

/** The names that the schema has, and their types. The whole schema stands below. */
function argumentsOf(schema: unknown): HTMLElement[] {
  if (!isObject(schema) || !isObject(schema['properties'])) return []
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  const names = Object.entries(schema['properties']).flatMap(([name, property], at) => [
    at > 0 ? ', ' : 'Takes ',
    element('code', ...marked(name)),
    ...typeOf(property),
    required.includes(name) ? '' : ' if given',
  ])
  return names.length === 0 ? [] : [element('p', ...names)]
}

const typeOf = (property: unknown): Child[] =>
  isObject(property) && typeof property['type'] === 'string' ? [' (', ...marked(property['type']), ')'] : []

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** Folded, and in full. */
function wholeOf(title: string, value: unknown): HTMLElement {
  const lines = JSON.stringify(value, null, 2).split('\n')
  const shown = lines.flatMap((line) => [/^ */.exec(line)?.[0] ?? '', ...marked(line.trimStart()), '\n'])
  return element('details', element('summary', ...marked(title)), element('pre', ...shown))
}

const undone = (reversible: unknown): string => {
  if (typeof reversible !== 'boolean') return ''
  return reversible ? ' can be undone' : ' cannot be undone'
}

function credentialItem({ credential, kind, subject, expires }: RegisteredDocument['credentials'][number]) {
  return element(
    'li',
    `${kind} `,
    element('b', ...marked(subject)),
    ` until ${day(expires)}, `,
    element('code', ...marked(credential)),
  )
}
