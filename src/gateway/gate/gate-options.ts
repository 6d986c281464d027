/** The dependencies of the gate. */
import type { Verifier } from '@countersign/verifier'
import type { Live } from '@countersign/verifier/live'
import type { Client } from '../../client/client.ts'
import type { HeldFiles } from '../state/held-files.ts'
import type { RunJournal } from '../state/run-journal.ts'
import type { Waiting } from './waiting-port.ts'

export interface GateOptions {
  readonly audience: string
  /** Calls the authority with the executor's credential. */
  readonly executor: Client
  readonly verifier: Pick<Verifier, 'guard'>
  /** Tells of kill switches as they are engaged and released. */
  readonly live: Pick<Live, 'engaged'>
  readonly files: HeldFiles
  readonly journal: RunJournal
  readonly waiting: Waiting
  /** Ends what waits in the background. */
  readonly signal: AbortSignal
}
