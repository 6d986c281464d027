/**
 * Checks the configuration in force against the ledger. The audit collects the entries that prove it; the proof
 * function is passed in, since it is the authority's own. SPEC 10.13.
 */
import type { NoteKey } from '@countersign/verifier/proof'
import type { FindingCode, Findings } from './finding.ts'
import { isAuthorityOf, type LedgerEntry, textOf } from './log/read-entry.ts'

interface LoggedEntry {
  readonly index: number
  readonly at: number
  readonly trace: string
  readonly body: string
}

/** Entries about configuration, and decisions on changes to it. */
export interface ConfigurationLog {
  readonly entries: readonly LoggedEntry[]
  readonly decisions: readonly LoggedEntry[]
  readonly take: (entry: LedgerEntry, index: number, bytes: Uint8Array) => void
}

export interface ConfigurationProof {
  readonly rows: number
  /** Epoch seconds. */
  readonly at: number
  readonly disproven: readonly {
    readonly fault: 'unproven' | 'lifted' | 'unsealed' | 'unreadable'
    readonly subject: string
    readonly detail: string
  }[]
}

/** `lines`: what the authority says is in force, and by which changes. */
export type ProveConfiguration = (
  input: Pick<ConfigurationLog, 'entries' | 'decisions'> & {
    readonly lines: readonly string[]
    readonly log: { readonly origin: string; readonly keys: readonly NoteKey[] }
  },
) => Promise<ConfigurationProof>

export type CheckedConfiguration = Pick<ConfigurationProof, 'rows' | 'at'>

/** All other types are about configuration. */
const OTHERS: ReadonlySet<string> = new Set(['request', 'consent', 'token', 'outcome', 'call', 'payload', 'scim'])
const utf8 = new TextDecoder()

export function createConfigurationLog(origin: string): ConfigurationLog {
  const entries: LoggedEntry[] = []
  const decisions: LoggedEntry[] = []
  const isAuthority = isAuthorityOf(origin)
  const isDecision = ({ type, members }: LedgerEntry) =>
    type === 'request.decided' && isAuthority(textOf(members, 'executor') ?? '')
  return {
    entries,
    decisions,
    take(entry, index, bytes) {
      const list = isDecision(entry) ? decisions : entries
      if (list === entries && OTHERS.has(entry.type.split('.', 1)[0] ?? '')) return
      list.push({ index, at: entry.at, trace: entry.trace, body: utf8.decode(bytes) })
    },
  }
}

const CODES = {
  unproven: 'configuration_unproven',
  lifted: 'configuration_lifted',
  unsealed: 'configuration_unsealed',
  unreadable: 'configuration_unreadable',
} as const satisfies Record<string, FindingCode>

/** Null where the log came without its configuration, or it cannot be read: then nothing of it was checked. */
export async function checkConfiguration(
  prove: ProveConfiguration | undefined,
  input: Omit<Parameters<ProveConfiguration>[0], 'lines'> & { readonly lines: readonly string[] | null },
  findings: Findings,
): Promise<CheckedConfiguration | null> {
  const { lines } = input
  if (prove === undefined || lines === null) return null
  const { rows, at, disproven } = await prove({ ...input, lines })
  const isChecked = disproven.every(({ fault }) => fault !== 'unreadable')
  for (const { fault, subject, detail } of disproven) {
    findings.report({ code: CODES[fault], index: null, at: null, subject, detail })
  }
  return isChecked ? { rows, at } : null
}
