/** The executor that a machine is, beside the agent that calls: by the hash of its credential. */
import type { Caller } from '../../domain/identity/parties.ts'
import type { Asker } from '../evaluating/allow-call.ts'

export type Workstation = Asker & Extract<Caller, { kind: 'executor' }>
