/** `audit verify` of a mirror with a million entries: hashing, tree and causes, on one core. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generateLogKey, importLogKey } from '../../src/domain/ledger/log-key.ts'
import { alternate, type Bench, compare, figure, type Turns } from './harness.ts'
import { writeMirror } from './mirror.ts'
import { type Run, runOnce } from './run-once.ts'
import { stories } from './stories.ts'

const ENTRIES = 1_000_000
const ROUNDS = 3
const COMMAND = fileURLToPath(new URL('../../dist/countersign.js', import.meta.url))
const BARE = fileURLToPath(new URL('./bare-audit.js', import.meta.url))

export const auditVerify: Bench = {
  name: 'audit-verify',
  about:
    'processor seconds and peak megabytes of `audit verify` on 1,000,000 entries of some 600 bytes, against a loop that parses and hashes them',
  onlyByName: true,
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-mirror-'))
    try {
      const key = await importLogKey(await generateLogKey(), 'approve.example/log')
      const to = Math.floor(Date.now() / 1000) - 86_400
      const bytes = await writeMirror(
        folder,
        stories({ entries: ENTRIES, from: to - 86_400, to, humansInTen: 0 }),
        key.signer,
      )
      console.error(`audit-verify: ${Math.round(bytes / ENTRIES)} bytes an entry`)
      const args = ['audit', 'verify', folder, '--vkey', key.vkey, '--state', join(folder, 'state'), '--json']
      const audit = async () => insistOnFindings(await runOnce(COMMAND, args))
      return figuresOf(await alternate(ROUNDS, audit, () => runOnce(BARE, [folder])))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

/** No token text is served, and that is all there is to find: a faster audit that saw less would not be one. */
function insistOnFindings(run: Run): Run {
  const { size, rebuilt, tokens, total, counts } = JSON.parse(run.said)
  const issued = Number(tokens.issued)
  if (size === ENTRIES && rebuilt && issued > ENTRIES / 6 && total === issued && counts.token_not_served === issued)
    return run
  throw new Error(`The audit found something else: ${run.said.slice(0, 2000)}`)
}

function figuresOf(turns: Turns<Run>) {
  const time = compare(turns, ({ processorSeconds }) => processorSeconds)
  const memory = compare(turns, ({ megabytes }) => megabytes)
  const below = (limit: number) => ({ of: 'value', is: '<', limit }) as const
  return [
    figure({ name: 'audit-verify', unit: 's', ...time, target: below(20) }),
    figure({ name: 'audit-verify-memory', unit: 'MB', ...memory, target: below(500) }),
    figure({ name: 'audit-verify-clock', unit: 's', ...compare(turns, ({ seconds }) => seconds) }),
  ]
}
