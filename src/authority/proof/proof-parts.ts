/** The parts of the proven store. */
import type { LogKey } from '../../domain/ledger/log-key.ts'
import type { Store } from '../../store/contract/store.ts'
import type { Config } from '../config.ts'
import type { Follower } from './follow-ledger.ts'
import type { Findings } from './shout.ts'

export interface ProofParts {
  readonly config: Config
  readonly store: Store
  readonly follower: Follower
  readonly findings: Findings
  readonly logKey: LogKey
}
