/**
 * An audit on one page: it trusts the key of the log and its own earlier checkpoints, and nothing that it reads now.
 *
 * 1 the checkpoint is signed; 2 the entries lead to its root, and to every root kept; 3 every fact has its cause; 4
 * every token and passkey signature holds. Memory grows with the number of facts, not with their bytes. SPEC 8.
 */
import {
  encodeBase64,
  type NoteKey,
  openCheckpoint,
  ProofError,
  parseBundle,
  sameHash,
  TILE_WIDTH,
  tileWidth,
} from '@countersign/verifier/proof'
import {
  type CheckedConfiguration,
  type ConfigurationLog,
  checkConfiguration,
  createConfigurationLog,
  type ProveConfiguration,
} from './configuration.ts'
import type { AuditCrypto } from './crypto.ts'
import { type BreakGlassFact, createFacts, type Facts } from './facts/ledger-facts.ts'
import { createFindings, type Finding, type FindingCode, type Findings } from './finding.ts'
import { compareRoots, compareSizes, type Evidence, type KeptCheckpoint } from './log/history.ts'
import { rebuild } from './log/rebuild.ts'
import type { LogSource } from './log/source.ts'
import { createFigures, type Figures, type Period } from './report/figures.ts'
import { createReader } from './rules/read-ledger.ts'
import { checkAbsences } from './tokens/check-absences.ts'
import { type CheckedConsents, checkConsents } from './tokens/check-consents.ts'
import { checkEnrolments } from './tokens/check-enrolments.ts'
import { checkMemberships } from './tokens/check-memberships.ts'
import { checkSeals } from './tokens/check-seals.ts'
import type { Trusted } from './tokens/check-token.ts'
import { checkHere, checkTokens, type TokenChecker } from './tokens/check-tokens.ts'
import { reportUnserved } from './tokens/reconcile.ts'
import { trustedBy } from './tokens/trusted-keys.ts'

interface AuditInput {
  readonly source: LogSource
  readonly key: NoteKey
  /** Other keys of the log, which it announced in a part that was audited before. */
  readonly announced?: readonly NoteKey[]
  readonly kept: readonly KeptCheckpoint[]
  readonly crypto: AuditCrypto
  readonly now: number
  /** Period of the figures; default everything. */
  readonly period?: Period
  /** Default: the configuration is not checked. */
  readonly proveConfiguration?: ProveConfiguration
  /** Default: on this thread. */
  readonly startChecker?: (trusted: Trusted) => TokenChecker
  readonly onProgress?: (step: 'entries' | 'tokens' | 'consents', done: number, all: number) => void
}

export interface AuditResult {
  readonly findings: readonly Finding[]
  readonly counts: Readonly<Partial<Record<FindingCode, number>>>
  readonly total: number
  readonly evidence: readonly Evidence[]
  /** Null when what was served is not signed by the log. */
  readonly checkpoint: KeptCheckpoint | null
  /** True when the entries lead to the root of that checkpoint: only then is it kept. */
  readonly rebuilt: boolean
  readonly figures: Figures
  readonly tokens: { readonly issued: number; readonly checked: number; readonly alive: number }
  /** Consents that no token carried. */
  readonly consents: CheckedConsents
  /** Null where it was not checked. */
  readonly configuration: CheckedConfiguration | null
  /** Ways in that were opened on the host: what follows from one hangs on the host, and on nobody's consent. */
  readonly breakGlass: readonly BreakGlassFact[]
  /** Verifier keys by which the log says that it will go on. */
  readonly logKeys: readonly string[]
}

const EVERYTHING: Period = { from: 0, to: Number.MAX_SAFE_INTEGER }

/** Throws `UnreachableError` where the source does: an audit that could not be made found nothing. */
export async function audit(input: AuditInput): Promise<AuditResult> {
  const findings = createFindings()
  const facts = createFacts()
  const figures = createFigures(input.period ?? EVERYTHING)
  // Read before the checkpoint, which then covers all that it follows from.
  const lines = input.proveConfiguration ? await input.source.configuration() : null
  const checkpoint = await openServed(input, findings)
  if (checkpoint === null) return resultOf(findings, facts, figures, checkpoint)
  const { source } = input
  const { size } = checkpoint
  const evidence = [...compareSizes(input.kept, checkpoint, findings)]
  const configurationLog = createConfigurationLog(checkpoint.origin)
  const roots = await readEntries(input, checkpoint, facts, findings, (entry, index, bytes) => {
    figures.take(entry, index)
    configurationLog.take(entry, index, bytes)
  })
  const root = roots.get(size)
  const rebuilt = root !== undefined && sameHash(root, checkpoint.root)
  if (root !== undefined && !rebuilt) reportRoot(checkpoint, root, findings)
  // Roots of entries that do not lead to the signed root prove nothing about the log.
  evidence.push(...compareRoots(input.kept, checkpoint, rebuilt ? roots : new Map(), findings))
  const trusted = await trustedBy(facts, checkpoint.origin, await source.keys(), findings)
  const checker = input.startChecker?.(trusted) ?? checkHere(trusted, input.crypto)
  const onProgress = (done: number) => input.onProgress?.('tokens', done, facts.tokens.size)
  const checked = await checkTokens({ source, size, facts, findings, checker, onProgress })
  const alive = reportUnserved(facts, input.now, findings)
  const entryAt = createEntryAt(source, size)
  const signed = { facts, findings, trusted, crypto: input.crypto, entryAt }
  const consents = await checkConsents(signed)
  await checkEnrolments(signed)
  await checkAbsences(signed)
  const keys = [input.key, ...(input.announced ?? [])]
  await checkSeals(facts, findings, keys)
  await checkMemberships(facts, findings, keys)
  const claimed = { ...configurationLog, lines, log: { origin: checkpoint.origin, keys } }
  const configuration = await checkConfiguration(input.proveConfiguration, claimed, findings)
  return {
    ...resultOf(findings, facts, figures, checkpoint),
    evidence,
    rebuilt,
    consents,
    configuration,
    tokens: { issued: facts.tokens.size, checked, alive },
  }
}

async function openServed(
  { source, key, announced = [] }: AuditInput,
  findings: Findings,
): Promise<KeptCheckpoint | null> {
  const note = await source.checkpoint()
  try {
    return { ...(await openCheckpoint(note, [key, ...announced])), note }
  } catch (error) {
    if (!(error instanceof ProofError)) throw error
    findings.report({ code: 'checkpoint_signature', index: null, at: null, subject: key.name, detail: error.message })
    return null
  }
}

function readEntries(
  { source, kept, crypto, now, onProgress }: AuditInput,
  { size, origin }: KeptCheckpoint,
  facts: Facts,
  findings: Findings,
  onEntry: ConfigurationLog['take'],
): Promise<ReadonlyMap<number, Uint8Array>> {
  return rebuild({
    source,
    size,
    sizes: kept.map((checkpoint) => checkpoint.size),
    hashInto: crypto.hashInto,
    findings,
    onEntry: createReader({ facts, findings, crypto, origin, now, onEntry }),
    onProgress: (done) => onProgress?.('entries', done, size),
  })
}

function reportRoot({ size, root: signed, origin }: KeptCheckpoint, root: Uint8Array, findings: Findings): void {
  const detail = `${size} entries lead to ${encodeBase64(root)}, signed is ${encodeBase64(signed)}`
  findings.report({ code: 'root_mismatch', index: null, at: null, subject: origin, detail })
}

/** Reads single entries again; the bundle last read is kept, since they are asked for in order. */
function createEntryAt(source: LogSource, size: number): (index: number) => Promise<Uint8Array | null> {
  let held: { readonly index: number; readonly entries: readonly Uint8Array[] } | undefined
  return async (at) => {
    const index = Math.floor(at / TILE_WIDTH)
    if (held?.index !== index) {
      const bytes = await source.tile({ level: 'entries', index, width: tileWidth('entries', index, size) })
      held = { index, entries: bytes === null ? [] : [...parseBundle(bytes)] }
    }
    return held.entries[at % TILE_WIDTH] ?? null
  }
}

const resultOf = (
  findings: Findings,
  facts: Facts,
  figures: ReturnType<typeof createFigures>,
  checkpoint: KeptCheckpoint | null,
): AuditResult => ({
  findings: findings.list(),
  counts: findings.counts(),
  total: findings.total(),
  evidence: [],
  checkpoint,
  rebuilt: false,
  figures: figures.figures(),
  tokens: { issued: facts.tokens.size, checked: 0, alive: 0 },
  consents: { checked: 0, unbound: 0 },
  configuration: null,
  breakGlass: [...facts.breakGlass.values()],
  logKeys: facts.logKeys,
})
