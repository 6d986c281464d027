/**
 * The profiles of this user: a name each for an authority and a credential of it. One of them can be in use.
 *
 * They lie in one file under the XDG configuration folder, for its owner alone; a file that others can read is refused.
 */
import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import * as z from 'zod'
import { Failure, usage } from '../exit.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Profile {
  readonly name: string
  /** The origin that the credential belongs to. */
  readonly url: string
  readonly credential: string
}

export interface ProfileBook {
  /** The name of the profile in use. */
  readonly inUse: string | null
  readonly profiles: readonly Profile[]
}

const ProfileFile = z.strictObject({
  in_use: z.string().nullable(),
  profiles: z.array(z.strictObject({ name: z.string(), url: z.string(), credential: z.string() })),
})

export const PROFILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/

/** The XDG specification has relative paths ignored. */
export function profilesFile({ XDG_CONFIG_HOME: config = '', HOME: home }: Environment): string {
  return join(isAbsolute(config) ? config : join(home || homedir(), '.config'), 'countersign/profiles.json')
}

/** Throws a `Failure` for a file that others can read, or that is not of this form. */
export function readProfiles(environment: Environment): ProfileBook {
  const file = profilesFile(environment)
  const text = privateText(file)
  if (text === undefined) return { inUse: null, profiles: [] }
  const { in_use: inUse, profiles } = parsed(text, file)
  return { inUse, profiles }
}

/** For advice: a file that cannot be used counts as empty. */
export function usableProfiles(environment: Environment): ProfileBook {
  try {
    return readProfiles(environment)
  } catch {
    return { inUse: null, profiles: [] }
  }
}

function privateText(file: string): string | undefined {
  try {
    const isShared = process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0
    if (isShared) throw usage(`${file} can be read by others. Run: chmod 600 ${file}`)
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Failure) throw error
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw usage(`${file} cannot be read.`)
  }
}

function parsed(text: string, file: string): z.output<typeof ProfileFile> {
  try {
    return ProfileFile.parse(JSON.parse(text))
  } catch {
    throw usage(`${file} is damaged. Move it away and log in again.`)
  }
}

/** Replaces the file in one step. Throws a usage `Failure` where it cannot be written. */
export function writeProfiles(environment: Environment, { inUse, profiles }: ProfileBook): void {
  const file = profilesFile(environment)
  const draft = `${file}.${process.pid}.draft`
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(draft, `${JSON.stringify({ in_use: inUse, profiles }, null, 2)}\n`, { mode: 0o600 })
    chmodSync(draft, 0o600)
    renameSync(draft, file)
  } catch {
    throw usage(`${file} cannot be written.`)
  }
}

/** Throws a usage `Failure` that names the profiles there are. */
export function profileNamed({ profiles }: ProfileBook, name: string): Profile {
  const found = profiles.find((profile) => profile.name === name)
  if (found !== undefined) return found
  const known = profiles.map((profile) => profile.name).join(', ')
  throw usage(`There is no profile ${name}. ${known ? `There are: ${known}.` : 'countersign login makes one.'}`)
}
