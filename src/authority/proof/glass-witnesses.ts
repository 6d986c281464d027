/**
 * The admins who may end the warning about a break-glass: those in force when it was opened, until an approval changes
 * their roles or passkeys, since the admin whom it enrolled can have consented to that. SPEC 10.12.
 */
import { plainJson } from '../../domain/action/plain-json.ts'
import type { ConfigurationRow } from '../../domain/identity/configuration-rows.ts'
import type { InForce } from './proven-rows.ts'

export interface GlassWitnesses {
  /** The first entry of a break-glass counts: its id is unknown before. */
  readonly opened: (breakGlass: string) => void
  readonly changed: (rows: readonly ConfigurationRow[]) => void
  readonly of: (breakGlass: string) => readonly string[]
}

export function createGlassWitnesses(inForce: InForce): GlassWitnesses {
  const witnesses = new Map<string, Set<string>>()

  const isAdmin = (id: string): boolean => {
    const roles = inForce.present('person', id)?.['roles']
    return Array.isArray(roles) && roles.includes('admin')
  }

  return {
    opened(breakGlass) {
      if (!witnesses.has(breakGlass)) witnesses.set(breakGlass, new Set(inForce.idsOf('person').filter(isAdmin)))
    },
    changed(rows) {
      for (const id of rows.map(personOf)) for (const one of witnesses.values()) one.delete(id)
    },
    of: (breakGlass) => [...(witnesses.get(breakGlass) ?? [])],
  }
}

function personOf({ kind, id, content }: ConfigurationRow): string {
  if (kind === 'passkey') return String(plainJson(content ?? {})['approver'])
  return kind === 'person' ? id : ''
}
