/**
 * The memory of an auditor about one log: its key, every checkpoint that held, and the evidence of those that did not.
 *
 * In: a folder, the log's origin. Out: `AuditState`. Nothing is ever removed from it.
 */
import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { hex, type NoteKey, openCheckpoint } from '@countersign/verifier/proof'
import type { AuditResult } from '../../audit/audit.ts'
import type { KeptCheckpoint } from '../../audit/log/history.ts'
import { nullWhenMissing } from './audit-folder.ts'
import { replace } from './audit-mirror.ts'

export interface AuditState {
  readonly folder: string
  readonly mirror: string
  /** The verifier key of the first run, and those that the log announced since; none before. */
  readonly pinned: () => Promise<readonly string[]>
  readonly pin: (vkey: string) => Promise<void>
  /** Checkpoints of earlier runs; each is opened again with a key of the log. */
  readonly kept: (keys: readonly NoteKey[]) => Promise<readonly KeptCheckpoint[]>
  readonly keep: (checkpoint: KeptCheckpoint) => Promise<void>
  /** Saves both notes and the findings; returns the folder. */
  readonly saveEvidence: (result: AuditResult, now: number) => Promise<string>
}

/** The platform's folder for a user's data. */
export function defaultStateFolder(environment: Readonly<Record<string, string | undefined>>): string {
  const home = homedir()
  if (process.platform === 'darwin') return join(home, 'Library/Application Support/countersign/audit')
  if (process.platform === 'win32') return join(environment['LOCALAPPDATA'] ?? home, 'countersign/audit')
  return join(environment['XDG_DATA_HOME'] || join(home, '.local/share'), 'countersign/audit')
}

export function auditState(root: string, origin: string): AuditState {
  const folder = join(root, encodeURIComponent(origin))
  const checkpoints = join(folder, 'checkpoints')
  return {
    folder,
    mirror: join(folder, 'mirror'),
    pinned: async () =>
      (await readFile(join(folder, 'vkey'), 'utf8').catch(nullWhenMissing))?.split('\n').filter(Boolean) ?? [],
    async pin(vkey) {
      await mkdir(folder, { recursive: true })
      await appendFile(join(folder, 'vkey'), `${vkey}\n`)
    },
    async kept(keys) {
      const names = (await readdir(checkpoints).catch(nullWhenMissing)) ?? []
      const notes = names
        .filter((name) => /^\d+-[0-9a-f]+$/.test(name))
        .map((name) => readFile(join(checkpoints, name), 'utf8'))
      return Promise.all(notes.map(async (note) => ({ ...(await openCheckpoint(await note, keys)), note: await note })))
    },
    keep: ({ size, root: hash, note }) => replace(join(checkpoints, `${size}-${hex(hash).slice(0, 16)}`), note),
    async saveEvidence({ evidence, findings }, now) {
      const saved = join(folder, 'evidence', new Date(now * 1000).toISOString().replaceAll(':', ''))
      for (const [at, { code, before, now: served }] of evidence.entries()) {
        await replace(join(saved, `${at + 1}-${code}-before.checkpoint`), before)
        await replace(join(saved, `${at + 1}-${code}-now.checkpoint`), served)
      }
      await replace(join(saved, 'findings.json'), `${JSON.stringify(findings, null, 2)}\n`)
      return saved
    },
  }
}
