/** `login` and `profile`: credentials kept under names, each for the one authority that it was checked against. */
import type { Command } from 'commander'
import { createClient } from '../../client/client.ts'
import { kindOfCredential } from '../../domain/identity/credential.ts'
import { type GlobalOptions, outputOf } from '../context.ts'
import { addressOf, refusalOfPlainHttp } from '../credential/credential-source.ts'
import {
  PROFILE_NAME,
  type Profile,
  type ProfileBook,
  profileNamed,
  profilesFile,
  readProfiles,
  writeProfiles,
} from '../credential/profiles.ts'
import { withAddresses } from '../credential/wrong-credential.ts'
import { unwrap, usage } from '../exit.ts'
import { readSecret } from '../terminal/secret-prompt.ts'
import { table } from '../terminal/table.ts'

const environment = process.env

/** Checks the credential against the authority before it keeps anything. */
export async function logIn(where: string | undefined, _: object, command: Command): Promise<void> {
  const options = command.optsWithGlobals<GlobalOptions>()
  const output = outputOf(command)
  const book = readProfiles(environment)
  const url = urlFor(where, options, book)
  const refused = refusalOfPlainHttp(url)
  if (refused !== undefined) throw usage(refused)
  const name = options.profile ?? new URL(url).host
  if (!PROFILE_NAME.test(name)) throw usage(`${name} cannot name a profile. Choose a name with --profile.`)
  const credential = await readSecret(`The credential for ${url}, from ${profilesFile(environment)} on: `)
  const profile = { name, url, credential }
  refuseOther(profile, book)
  const client = withAddresses(createClient({ origin: url, credential }))
  const { kind, subject } = unwrap(await client.call('viewOwnCredential'))
  const others = book.profiles.filter((other) => other.name !== name)
  writeProfiles(environment, { inUse: name, profiles: [...others, profile] })
  const done = `The profile ${name} is kept and in use: the ${kind} ${subject} at ${url}.`
  output.done({ name, url, kind, subject }, `${done}\n  countersign profile use chooses another one.`)
}

function urlFor(where: string | undefined, { url, profile }: GlobalOptions, { profiles }: ProfileBook): string {
  const known = profiles.find(({ name }) => name === profile)?.url
  const place = { environment, dataDir: 'data', isDataDirGiven: true, profile: undefined }
  return addressOf(where ?? url ?? known, place)
}

/** A further credential of the same kind takes the place of the one before; nothing else is overwritten. */
function refuseOther({ name, url, credential }: Profile, { profiles }: ProfileBook): void {
  const kind = kindOfCredential(credential)
  if (kind === undefined) throw usage('That is no credential: it begins with cs_agent_, cs_operator_ or cs_auditor_.')
  const before = profiles.find((profile) => profile.name === name)
  if (before === undefined) return
  const other = 'Choose another name with --profile, or remove that one.'
  if (before.url !== url) throw usage(`The profile ${name} belongs to ${before.url}. ${other}`)
  const kindBefore = kindOfCredential(before.credential)
  if (kindBefore !== kind)
    throw usage(`The profile ${name} holds a credential of kind ${kindBefore}, and this is of kind ${kind}. ${other}`)
}

export function listProfiles(_: object, command: Command): void {
  const output = outputOf(command)
  const { inUse, profiles } = readProfiles(environment)
  const shown = profiles.map(({ name, url, credential }) => {
    const kind = kindOfCredential(credential) ?? 'unknown'
    return { name, url, kind, prefix: credential.slice(0, `cs_${kind}_`.length + 6), in_use: name === inUse }
  })
  const rows = shown.map(({ name, url, kind, prefix, in_use }) => [name, url, kind, `${prefix}…`, in_use ? 'yes' : ''])
  const nothing = 'There are no profiles yet: countersign login makes one.'
  const text = table(['PROFILE', 'AUTHORITY', 'KIND', 'CREDENTIAL', 'IN USE'], rows, { paint: output.paint, nothing })
  output.result({ profiles: shown }, text)
}

/** Without a name, none is in use. */
export function chooseProfile(name: string | undefined, _: object, command: Command): void {
  const book = readProfiles(environment)
  const chosen = name === undefined ? undefined : profileNamed(book, name)
  writeProfiles(environment, { ...book, inUse: chosen?.name ?? null })
  const done = chosen ? `Commands call ${chosen.url} with the profile ${chosen.name}.` : 'No profile is in use.'
  outputOf(command).done({ in_use: chosen?.name ?? null }, done)
}

export function removeProfile(name: string, _: object, command: Command): void {
  const { inUse, profiles } = readProfiles(environment)
  const { url } = profileNamed({ inUse, profiles }, name)
  const others = profiles.filter((profile) => profile.name !== name)
  writeProfiles(environment, { inUse: inUse === name ? null : inUse, profiles: others })
  const done = `The profile ${name} is removed here. Its credential stays valid at ${url}: credential revoke ends it.`
  outputOf(command).done({ name, url }, done)
}
