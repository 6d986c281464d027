/** The members by which a ledger entry names an agent as it is registered. SPEC 8. */
import type { Agent } from './parties.ts'

export const agentMembers = ({ id, runBy, principals, executors, groups }: Agent) => ({
  agent: id,
  run_by: runBy,
  principals,
  executors,
  groups,
})
