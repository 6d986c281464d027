/** The choice of a person's roles, with what each allows. */
import type { Role } from '../../domain/identity/parties.ts'
import { ChoiceField } from '../parts/form-fields.tsx'

const ROLES = [
  ['approver', 'answers requests from agents'],
  ['admin', 'also changes this authority: people, agents, keys'],
  ['auditor', 'reads the ledger, changes nothing'],
] as const

export const RoleChoice = ({ checked }: { checked: readonly Role[] }) => (
  <fieldset>
    <legend>Roles</legend>
    {ROLES.map(([role, hint]) => (
      <ChoiceField name="roles" value={role} label={<b>{role}</b>} hint={hint} checked={checked.includes(role)} />
    ))}
  </fieldset>
)
