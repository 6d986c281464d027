#!/usr/bin/env node
/**
 * The `countersign` command: loads the rest of it, or says which Node it needs.
 *
 * In: the version of the running Node. Out: nothing of its own.
 * An older Node fails to link the rest, so this file imports it only after the check.
 */
const LEAST = '20.12'

/** Without the rules of a locale, whose data would be read at each start. */
function isAtLeast(version: string, least: string): boolean {
  const [[major = 0, minor = 0], [leastMajor = 0, leastMinor = 0]] = [numbersOf(version), numbersOf(least)]
  return major > leastMajor || (major === leastMajor && minor >= leastMinor)
}

const numbersOf = (version: string): readonly number[] => version.split('.').map(Number)

if (isAtLeast(process.versions.node, LEAST)) {
  const { holdYoungGeneration } = await import('../node/young-generation.ts')
  holdYoungGeneration()
  await import('./run.ts')
} else {
  process.stderr.write(`Countersign needs Node ${LEAST} or newer. This is Node ${process.versions.node}.\n`)
  process.exitCode = 1
}
