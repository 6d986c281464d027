/** A log that nobody reads. */
import type { Log } from '../../src/authority/deps.ts'

const ignore = () => {}
export const SILENT: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
