/** The version of this package, from the nearest package.json above this file, bundled or not. */
import { readFileSync } from 'node:fs'

export function version(): string {
  for (const manifest of ['../package.json', '../../package.json']) {
    try {
      const { version } = JSON.parse(readFileSync(new URL(manifest, import.meta.url), 'utf8')) as { version?: string }
      if (version) return version
    } catch {
      // The other place is tried next.
    }
  }
  return 'unknown'
}
