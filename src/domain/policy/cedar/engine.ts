/**
 * The interface to Cedar. Each platform loads the WebAssembly in its own way. An instance that threw is never asked
 * again. SPEC 11.
 */
import type {
  AuthorizationAnswer,
  CheckParseAnswer,
  PartialAuthorizationAnswer,
  PartialAuthorizationCall,
  PolicySet,
  PolicyToJsonAnswer,
  StatefulAuthorizationCall,
  ValidationAnswer,
  ValidationCall,
} from '@cedar-policy/cedar-wasm/web'

export interface CedarEngine {
  readonly policyToJson: (policy: string) => PolicyToJsonAnswer
  readonly preparsePolicySet: (id: string, policies: PolicySet) => CheckParseAnswer
  readonly statefulIsAuthorized: (call: StatefulAuthorizationCall) => AuthorizationAnswer
  readonly isAuthorizedPartial: (call: PartialAuthorizationCall) => PartialAuthorizationAnswer
  readonly validate: (call: ValidationCall) => ValidationAnswer
}

/** A process has one. */
export interface CedarHost {
  /** The instance in use; null while a broken one is replaced, or where it cannot be. */
  readonly engine: () => CedarEngine | null
  /** Says that this instance threw: its memory is in an unknown state. */
  readonly broken: (engine: CedarEngine) => void
  /** Resolves when the other work of the thread had a turn; null where the platform has nothing that must not wait. */
  readonly othersTurn: (() => Promise<void>) | null
}

/** Thrown where there is no engine to ask. */
export class EngineUnavailable extends Error {}

/** Asks the engine. What it throws breaks it, and is thrown on. */
export function ask<T>(host: CedarHost, question: (engine: CedarEngine) => T): T {
  const engine = host.engine()
  if (!engine) throw new EngineUnavailable('The policy engine is not running.')
  try {
    return question(engine)
  } catch (error) {
    host.broken(engine)
    throw error
  }
}
