/** `proof verify`: checks a `.tlog-proof` file offline, with nothing but the log's key. */
import {
  leafHash,
  type NoteKey,
  ProofError,
  type ProvenEntry,
  parseTlogProof,
  verifyTlogProof,
} from '@countersign/verifier/proof'
import type { Command } from 'commander'
import { readEntry } from '../../audit/log/read-entry.ts'
import { fileBytes } from '../arguments/json-file.ts'
import { noteKey } from '../arguments/note-key.ts'
import { contextOf } from '../context.ts'
import { Failure, usage } from '../exit.ts'
import type { Paint } from '../terminal/paint.ts'
import { facts } from '../terminal/table.ts'
import { instant } from '../terminal/time.ts'

interface Options {
  readonly vkey: string
  readonly entry?: string
  readonly witness?: readonly string[]
  readonly witnesses?: number
}

export async function verifyProof(file: string, options: Options, command: Command): Promise<void> {
  const { output } = contextOf(command)
  const witnesses = await Promise.all((options.witness ?? []).map((vkey) => noteKey(vkey, '--witness')))
  const logKey = await noteKey(options.vkey, '--vkey')
  const { entry, proven } = await prove(fileBytes(file).toString(), options.entry, logKey, witnesses)
  const wanted = options.witnesses ?? witnesses.length
  const cosigned = proven.checkpoint.witnesses.length
  if (cosigned < wanted) throw new Failure('invalid_request', `Only ${cosigned} of ${wanted} witnesses cosigned it.`)
  const text = new TextDecoder().decode(entry)
  const { origin, size } = proven.checkpoint
  output.result(
    { origin, index: proven.index, size, witnesses: cosigned, entry: text },
    describe(proven, entry, output.paint),
  )
}

/** Throws a `Failure` that names the check that failed. */
async function prove(text: string, entryFile: string | undefined, logKey: NoteKey, witnesses: readonly NoteKey[]) {
  try {
    const proof = parseTlogProof(text)
    const entry = entryFile === undefined ? proof.extra : new Uint8Array(fileBytes(entryFile))
    if (entry === null) throw usage('The proof does not contain its entry. Give it with --entry.')
    return { entry, proven: await verifyTlogProof(proof, await leafHash(entry), logKey, witnesses) }
  } catch (error) {
    if (error instanceof ProofError) throw new Failure('invalid_request', `It proves nothing: ${error.message}.`)
    throw error
  }
}

function describe({ index, checkpoint }: ProvenEntry, entry: Uint8Array, paint: Paint): string {
  const read = readEntry(entry)
  const said =
    'entry' in read ? Object.entries(read.entry.members).filter(([, value]) => typeof value === 'string') : []
  const rows = [
    ['log', checkpoint.origin],
    ['entry', `${index} of ${checkpoint.size}`],
    [
      'witnesses',
      checkpoint.witnesses.map(({ key, signedAt }) => `${key.name} at ${instant(signedAt ?? 0)}`).join(', ') || 'none',
    ],
    ...('entry' in read ? [['at', instant(read.entry.at)] as const] : []),
    ...said.map(([name, value]) => [name, String(value)] as const),
  ] as const
  return `${paint.green('✔')} The entry is in the log.\n${facts(rows, paint)}`
}
