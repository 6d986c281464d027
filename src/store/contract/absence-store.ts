/** Absences in the store's contract: times in which people are away, and their deputies. SPEC 10.11. */
import type { Absence } from '../../domain/identity/absence.ts'
import type { PreparedEntry } from '../../domain/ledger/entry.ts'

export interface AbsenceStore {
  /**
   * Where the person and the deputy are present and may answer, the passkey was not revoked, and the person has no other
   * absence. `cycle`: the deputy is away in the same time, and those who stand in for them lead back to the person. One
   * statement decides at a time.
   */
  stateAbsence(stated: {
    readonly absence: Absence
    readonly credentialId: string
    readonly counter: number
    readonly entry: PreparedEntry
  }): Promise<{ readonly verdict: 'stated' | 'exists' | 'cycle' | 'gone' }>
  absence(id: string): Promise<Absence | undefined>
  /** The one, ended or not, in which this deputy stood in for a person at an instant. */
  absenceAt(moment: {
    readonly approver: string
    readonly deputy: string
    readonly at: number
  }): Promise<Absence | undefined>
  /** Those that have not ended, by their beginning. */
  openAbsences(now: number): Promise<readonly Absence[]>
  /** Those whose time is over, and that nobody has ended. */
  overdueAbsences(now: number): Promise<readonly Absence[]>
  /** False where it has ended. */
  endAbsence(ended: { readonly id: string; readonly at: number; readonly entry: PreparedEntry }): Promise<boolean>
}
