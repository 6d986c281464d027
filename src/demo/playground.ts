/** `demo --keep`: addresses, credentials and tokens for further use of the demo's authority and executors. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '@countersign/verifier'

/** The state after one executor's story. Without its story there is no token, and no trace. */
export interface Scene {
  /** Base URL of the executor. */
  readonly executor: string
  readonly audience: string
  readonly agent_credential: string
  readonly executor_credential: string
  /** The token of the story: spent. The gateway keeps its own to itself. */
  readonly token?: string
  /** The call it was for. */
  readonly action?: { readonly name: string; readonly resource: string; readonly arguments: JsonObject }
  readonly trace?: string
}

/** The forum's scene, with what is common to all. */
export interface Playground extends Scene {
  readonly authority: string
  /** Reads the ledger, as `countersign audit verify` does. */
  readonly auditor_credential: string
  readonly operator_credential: string
  /** The key that the ledger's checkpoints and proofs are verified with. */
  readonly log_vkey: string
  readonly mailbox: Scene
  /** Where its story was told. */
  readonly files?: Scene
}

/** Writes `demo.json`, for its owner alone and whole at once, since scripts wait for it; returns where. */
export function writePlayground(folder: string, playground: Playground): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'demo.json')
  const draft = `${file}.next`
  // Removed first: an existing file would keep its mode.
  rmSync(draft, { force: true })
  writeFileSync(draft, `${JSON.stringify(playground, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
  renameSync(draft, file)
  return file
}
