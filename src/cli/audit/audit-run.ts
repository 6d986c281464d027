/**
 * One audit from the command line: which log, by which key, against what was seen before.
 *
 * Without a given or pinned key, the first run takes the key from the authority, and says so.
 */
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { type NoteKey, ProofError, parseCheckpoint, parseNote } from '@countersign/verifier/proof'
import { type AuditResult, audit } from '../../audit/audit.ts'
import { httpSource, type LogSource, NotServedError, UnreachableError } from '../../audit/log/source.ts'
import type { Period } from '../../audit/report/figures.ts'
import { proveFromOutside } from '../../authority/proof/prove-from-outside.ts'
import { noteKey } from '../arguments/note-key.ts'
import type { Context } from '../context.ts'
import { EXIT, Failure, unreachableWords, usage } from '../exit.ts'
import type { Output } from '../terminal/output.ts'
import { visible } from '../terminal/paint.ts'
import { now } from '../terminal/time.ts'
import { type Progress, startProgress } from '../terminal/waiting.ts'
import { nodeCrypto } from './audit-crypto.ts'
import { folderSource } from './audit-folder.ts'
import { mirror } from './audit-mirror.ts'
import { type AuditState, auditState, defaultStateFolder } from './audit-state.ts'
import { startThreads } from './audit-threads.ts'

export interface AuditOptions {
  readonly vkey?: string
  readonly state?: string
}

export interface AuditRun {
  readonly result: AuditResult
  readonly key: NoteKey
  readonly vkey: string
  /** The key was not known before, and came from the log itself: a false log can have made it up. */
  readonly firstUse: boolean
  readonly earlier: number
  /** Folder of the evidence; null without any. */
  readonly evidence: string | null
  readonly source: string
  readonly state: string
}

export async function runAudit(
  context: Context,
  where: string,
  options: AuditOptions,
  period?: Period,
): Promise<AuditRun> {
  const progress = startProgress(context.output)
  try {
    return await auditOf(context, where, options, progress, period)
  } catch (error) {
    if (error instanceof NotServedError) throw new Failure(error.code, error.message)
    if (error instanceof UnreachableError)
      throw new Failure('authority_unreachable', `${error.message} ${unreachableWords(where)}`, EXIT.unreachable)
    throw error
  } finally {
    progress.end()
  }
}

async function auditOf(
  { environment, output, credentialAt }: Context,
  where: string,
  options: AuditOptions,
  progress: Progress,
  period?: Period,
): Promise<AuditRun> {
  const target = targetOf(where, credentialAt)
  const trust = await trustIn(target, options, environment)
  const { state, key, announced, vkey, firstUse } = trust
  const kept = await state.kept([key, ...announced])
  const run = (source: LogSource): Promise<AuditResult> =>
    audit({
      source,
      key,
      announced,
      kept,
      crypto: nodeCrypto,
      now: now(),
      proveConfiguration: proveFromOutside,
      startChecker: startThreads,
      onProgress: progress.show,
      ...(period && { period }),
    })
  const result = target.isFolder ? await run(target.source) : await runOnMirror(target.source, state, run, progress)
  const evidence = await remember(result, trust, output)
  return { result, key, vkey, firstUse, earlier: kept.length, evidence, source: where, state: state.folder }
}

/** The memory of a log, and the keys by which it is verified. */
interface Trust {
  readonly state: AuditState
  readonly pinned: readonly string[]
  readonly vkey: string
  readonly key: NoteKey
  readonly announced: readonly NoteKey[]
  readonly firstUse: boolean
}

async function trustIn(target: Target, options: AuditOptions, environment: Context['environment']): Promise<Trust> {
  const given = options.vkey === undefined ? undefined : await noteKey(options.vkey, '--vkey')
  const origin = given?.name ?? (await originOf(target))
  const state = auditState(options.state ?? defaultStateFolder(environment), origin)
  const pinned = await state.pinned()
  const { vkey, firstUse } = await keyFor(target, state, pinned, options.vkey, origin)
  const others = pinned.filter((other) => other !== vkey)
  const [key, announced] = await Promise.all([noteKey(vkey, '--vkey'), Promise.all(others.map(pinnedKey))])
  return { state, pinned, vkey, key, announced, firstUse }
}

const pinnedKey = (vkey: string): Promise<NoteKey> => noteKey(vkey, '--vkey')

/** Pins keys, and keeps the checkpoint or the evidence; returns the folder of the evidence. */
async function remember(result: AuditResult, trust: Trust, output: Output): Promise<string | null> {
  const { state, pinned, vkey } = trust
  if (result.checkpoint !== null && pinned.length === 0) await pinFirst(trust, output)
  if (result.rebuilt && result.total === 0) await pinAnnounced(result, [vkey, ...pinned], state, output)
  const isSound = result.rebuilt && result.evidence.length === 0
  if (isSound && result.checkpoint !== null) await state.keep(result.checkpoint)
  return result.evidence.length > 0 ? state.saveEvidence(result, now()) : null
}

/** Says that a key is trusted once it is: a log that was not read, or whose checkpoint it did not sign, pins none. */
async function pinFirst({ state, vkey, firstUse }: Trust, output: Output): Promise<void> {
  await state.pin(vkey)
  if (firstUse)
    output.note(
      `This was the first audit of this log. Its key is trusted on first use, and pinned:\n  ${visible(vkey)}`,
    )
}

/**
 * Old tiles of the copy may not fit new ones of the log: then the log has changed its past, or the copy is damaged. A new
 * copy tells which; the old one is kept.
 */
async function runOnMirror(
  source: LogSource,
  state: AuditState,
  run: (source: LogSource) => Promise<AuditResult>,
  progress: Progress,
): Promise<AuditResult> {
  const copy = () =>
    mirror({
      source,
      folder: state.mirror,
      now: now(),
      onProgress: (done, all) => progress.show('fetching', done, all),
    })
  const before = await copy()
  const result = await run(folderSource(state.mirror))
  const isSuspect = result.checkpoint !== null && (!result.rebuilt || 'tile_mismatch' in result.counts)
  if (!before || !isSuspect) return result
  await rename(
    state.mirror,
    join(state.folder, `mirror-before-${new Date(now() * 1000).toISOString().replaceAll(':', '')}`),
  )
  await copy()
  return run(folderSource(state.mirror))
}

interface Target {
  readonly source: LogSource
  readonly isFolder: boolean
  /** Known for an address; the checkpoint in a folder names the origin. */
  readonly origin: string | null
}

function targetOf(where: string, credentialAt: Context['credentialAt']): Target {
  if (!/^https?:\/\//.test(where)) return { source: folderSource(where), isFolder: true, origin: null }
  if (!URL.canParse(where)) throw usage(`${where} is not an address.`)
  const { origin, host } = new URL(where)
  const { secret, ifRefused } = credentialAt(origin)
  const source = httpSource({ url: origin, fetch, credential: secret, ifRefused })
  return { source, isFolder: false, origin: `${host}/log` }
}

/** Selects the memory of the log only: its origin is checked against its key later. */
async function originOf({ source, origin }: Target): Promise<string> {
  if (origin !== null) return origin
  try {
    return parseCheckpoint(parseNote(await source.checkpoint()).text).origin
  } catch (error) {
    if (error instanceof ProofError) throw new Failure('invalid_request', `${source.name}: ${error.message}.`)
    throw error
  }
}

/** A log in which nothing was found, signed by a known key, says which key is to follow it. */
async function pinAnnounced({ logKeys }: AuditResult, known: readonly string[], state: AuditState, output: Output) {
  for (const vkey of new Set(logKeys.filter((announced) => !known.includes(announced)))) {
    await state.pin(vkey)
    output.note(
      `The log announced another key, with an approval that holds. It is pinned beside the first:\n  ${visible(vkey)}`,
    )
  }
}

/** `folder`: the memory of the log. */
export const otherKeyWords = (folder: string): string =>
  `The pinned key is in ${join(folder, 'vkey')}. A new data directory makes a new key: only if you know that this is the reason, move ${folder} away and audit again, which pins the new key. Otherwise do not trust this log, and keep that folder.`

async function keyFor(
  { source }: Target,
  { folder }: AuditState,
  pinned: readonly string[],
  given: string | undefined,
  origin: string,
) {
  const [first] = pinned
  if (first !== undefined && given !== undefined && !pinned.includes(given)) {
    throw new Failure(
      'invalid_request',
      `The key of ${origin} was another when it was first audited: ${first}. ${otherKeyWords(folder)}`,
    )
  }
  if (given !== undefined) return { vkey: given, firstUse: false }
  if (first !== undefined) return { vkey: first, firstUse: false }
  const said = await source.metadata()
  if (said === null || said.origin !== origin) throw usage('The key of this log is not known. Give it with --vkey.')
  return { vkey: said.vkey, firstUse: true }
}
