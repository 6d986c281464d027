/** The facts that entries about configuration state, and those of them that take rights away. SPEC 10.4. */
import type { JsonObject } from '@countersign/verifier'
import type { ConfigurationEntry } from '../../store/contract/proof-store.ts'
import type { InForce } from './proven-rows.ts'
import { endedBy, objectOf } from './safer-facts.ts'

export interface Fact {
  readonly id: number
  readonly type: string
  readonly trace: string
  readonly members: JsonObject
}

/** A body that is no entry states nothing. */
export function factOf({ id, body }: ConfigurationEntry): Fact {
  const { type, trace, ...members } = objectOf(jsonOf(body))
  return { id, type: String(type), trace: String(trace), members }
}

function jsonOf(body: string): JsonObject | undefined {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** A copy without what these facts end, and with the kill switches that they engage: neither needs a proof. */
export function endedAhead(inForce: InForce, facts: readonly Fact[]): InForce {
  const ahead = inForce.copy()
  for (const { type, members } of facts) {
    try {
      ahead.put(endedBy(type, members, ahead))
    } catch {
      // It names nothing that it could end, and those behind it count all the same.
    }
  }
  return ahead
}
