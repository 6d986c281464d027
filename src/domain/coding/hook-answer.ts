/**
 * The answer to a hook, in each client's own form. What policy allows leaves the client's own rules as they are; what a
 * person consented to, the client need not ask about again. SPEC 15.
 */
import type { JsonObject } from '@countersign/verifier'
import type { CodingClient } from './coding-call.ts'

export type HookVerdict =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'approved' }
  /** After a call. */
  | { readonly kind: 'noted' }
  /** Denied, or not answered yet: the call does not run. `reason` is read by the model. */
  | { readonly kind: 'refused'; readonly reason: string }

export function hookAnswer(client: CodingClient, verdict: HookVerdict): JsonObject {
  if (verdict.kind === 'noted') return {}
  const decision = verdict.kind === 'refused' ? 'deny' : 'allow'
  const reason = verdict.kind === 'refused' ? verdict.reason : 'A person consented to exactly this call.'
  if (verdict.kind === 'allowed') return client === 'cursor' ? { permission: 'allow' } : {}
  switch (client) {
    case 'claude-code':
      return claude(decision, reason)
    // Codex knows no allow: silence leaves the call to its own rules.
    case 'codex':
      return verdict.kind === 'refused' ? claude(decision, reason) : {}
    case 'gemini':
      return { decision, reason }
    case 'cursor':
      return {
        permission: decision,
        user_message: reason,
        agent_message: reason,
        userMessage: reason,
        agentMessage: reason,
      }
    case 'copilot':
      return { permissionDecision: decision, permissionDecisionReason: reason }
  }
}

const claude = (permissionDecision: 'allow' | 'deny', permissionDecisionReason: string): JsonObject => ({
  hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision, permissionDecisionReason },
})
