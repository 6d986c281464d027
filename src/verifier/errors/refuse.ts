/** Turns every failure inside a check into the one code that callers see. Precise inside, vague outside. SPEC 12. */
import { ApprovalError, type ErrorCode } from './approval-error.ts'

/** Runs a check. Everything it throws becomes `code`. */
export function refusing<T>(code: ErrorCode, check: () => T): T {
  try {
    return check()
  } catch (cause) {
    throw new ApprovalError(code, { cause })
  }
}

/** As `refusing`, for asynchronous checks. */
export async function refusingAsync<T>(code: ErrorCode, check: () => Promise<T>): Promise<T> {
  try {
    return await check()
  } catch (cause) {
    throw new ApprovalError(code, { cause })
  }
}

/** Refuses with `code` unless `holds`. */
export function demand(holds: boolean, code: ErrorCode): asserts holds {
  if (!holds) throw new ApprovalError(code)
}

/** Throws an error that names the failed rule. To be called inside a `refusing`. */
export function insist(holds: boolean, what: string): asserts holds {
  if (!holds) throw new TypeError(`does not hold: ${what}`)
}
