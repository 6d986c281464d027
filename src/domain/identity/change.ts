/**
 * A change to the authority itself, as one of the actions in its own catalogue asks for it.
 *
 * Types only; read from the wire in `api/administration.ts`. SPEC 10.
 */
import type { CatalogueEntry, CredentialKind, JsonWebKeyWithId, Role, Webhook } from './parties.ts'

export type Change =
  | {
      readonly kind: 'agent.add'
      readonly id: string
      readonly principals: readonly string[]
      readonly runBy: string | null
      readonly expiresInDays: number
    }
  | {
      readonly kind: 'executor.add'
      readonly audience: string
      readonly title: string
      readonly catalogue: readonly CatalogueEntry[]
      readonly challengeKeys: readonly JsonWebKeyWithId[]
      readonly expiresInDays: number
    }
  | {
      readonly kind: 'credential.add'
      readonly credentialKind: CredentialKind
      readonly subject: string
      readonly expiresInDays: number
    }
  | { readonly kind: 'approver.invite'; readonly name: string; readonly roles: readonly Role[] }
  | { readonly kind: 'key.rotate' }
  | { readonly kind: 'log-key.announce'; readonly vkey: string }
  | {
      readonly kind: 'webhook.add'
      readonly url: string
      readonly format: Webhook['kind']
      readonly events: Webhook['events']
    }
  | { readonly kind: 'payload.erase'; readonly rule: 'request' | 'principal'; readonly subject: string }
  | { readonly kind: 'killswitch.release'; readonly id: string }
  | { readonly kind: 'payload.erase'; readonly rule: 'age'; readonly olderThanDays: number }
