/** Commands about directories: changes that an admin consents to, and the links of the people whom they named. */
import { randomBytes } from 'node:crypto'
import type { JsonObject } from '@countersign/verifier'
import type { Command } from 'commander'
import { hashSecret } from '../../domain/identity/credential.ts'
import { administer, makeChange, showChange } from '../changes/administer.ts'
import { type Context, contextOf } from '../context.ts'
import { Failure, unwrap, usage } from '../exit.ts'
import { showLink } from '../terminal/output.ts'
import { now, span } from '../terminal/time.ts'

interface Options {
  readonly group?: readonly string[]
  readonly days?: number
  readonly reason?: string
}

const DAY_SECONDS = 86_400

/** The secret is made here; its digest is what the admin consents to. */
async function newSecret(days: number) {
  const secret = `cs_directory_${randomBytes(32).toString('base64url')}`
  return { secret, members: { secret: await hashSecret(secret), expires: now() + days * DAY_SECONDS } }
}

function groupsOf(given: readonly string[]): readonly JsonObject[] {
  return given.map((pair) => {
    const [, group, name] = /^([^=]+)=(.+)$/.exec(pair) ?? []
    if (!group || !name) throw usage('Write --group as finance="Finance Approvers".')
    return { group, display_name: name }
  })
}

const hintOf = ({ url }: Context): string =>
  `Enter it in the directory as the secret token, and ${url()}/scim/v2 as the address.`

export async function addDirectory(
  name: string,
  { group = [], days = 365, reason }: Options,
  command: Command,
): Promise<void> {
  const context = contextOf(command)
  const { secret, members } = await newSecret(days)
  const made = await administer(context, changeOf('add', { name, groups: groupsOf(group), ...members }, reason))
  showChange(
    context.output,
    { ...made, credential: secret },
    { done: `The directory ${name} is registered.`, hint: hintOf(context) },
  )
}

export async function editDirectory(name: string, { group, reason }: Options, command: Command): Promise<void> {
  if (group === undefined) throw usage('Name all groups that it keeps from now on with --group.')
  const context = contextOf(command)
  const version = await versionOf(context, name)
  const change = changeOf('update', { name, version, groups: groupsOf(group) }, reason)
  await makeChange(context, change, { done: `The directory ${name} is changed.` })
}

export async function rotateDirectory(name: string, { days = 365, reason }: Options, command: Command): Promise<void> {
  const context = contextOf(command)
  const { secret, members } = await newSecret(days)
  const made = await administer(
    context,
    changeOf('update', { name, version: await versionOf(context, name), ...members }, reason),
  )
  const done = `The directory ${name} has another credential. The previous one no longer works.`
  showChange(context.output, { ...made, credential: secret }, { done, hint: hintOf(context) })
}

async function versionOf(context: ReturnType<typeof contextOf>, name: string): Promise<number> {
  const { directories } = unwrap(await context.client().call('listDirectories'))
  const found = directories.find((directory) => directory.name === name)
  if (found === undefined) throw new Failure('not_found', `There is no directory ${name}. scim list shows them.`)
  return found.version
}

const changeOf = (verb: 'add' | 'update', args: JsonObject & { readonly name: string }, reason: string | undefined) =>
  ({ name: `countersign.directory.${verb}`, resource: `directory:${args.name}`, arguments: args, reason }) as const

/** The link of somebody whom a directory named. */
export async function inviteProvisioned(id: string, _: object, command: Command): Promise<void> {
  const { client, output } = contextOf(command)
  const made = unwrap(await client().call('inviteProvisioned', { params: { id } }))
  output.done(made, 'An admin then confirms their passkey, by the code that both pages show.')
  if (output.json) return
  const life = `It works once, within ${span(made.expires_at - now())}. By itself it gives no access.`
  showLink(output, 'The enrolment link:', made.link, `They make a passkey with it. ${life}`)
}
