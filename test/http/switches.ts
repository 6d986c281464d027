/** Releasing a kill switch, as the approved action that it is. */
import { administer, type Person, type TestAuthority } from '../setup/authority.ts'

export const releaseSwitch = (authority: TestAuthority, admin: Person, id: string) =>
  administer(authority, admin, {
    name: 'countersign.killswitch.release',
    resource: `killswitch:${id}`,
    arguments: { id, reason: 'It is safe again' },
  })

/** Several of them, by one consent. */
export const releaseSwitches = (authority: TestAuthority, admin: Person, ids: readonly string[]) =>
  administer(authority, admin, {
    name: 'countersign.killswitch.release',
    resource: 'killswitches',
    arguments: { ids: [...ids], reason: 'It is safe again' },
  })
