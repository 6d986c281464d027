import { vi } from 'vitest'

/** Tries again until `check` no longer throws; as patient as `expect.poll` is here, for a busy machine. */
export const waitFor = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 60_000 })
