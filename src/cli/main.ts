#!/usr/bin/env node
/**
 * The `countersign` command: loads the rest of it, or says which Node it needs.
 *
 * In: the version of the running Node. Out: nothing of its own.
 * An older Node fails to link the rest, so this file imports it only after the check.
 */
const LEAST = '20.12'

const isAtLeast = (version: string, least: string): boolean =>
  version.localeCompare(least, 'en', { numeric: true }) >= 0

if (isAtLeast(process.versions.node, LEAST)) {
  const { holdYoungGeneration } = await import('../node/young-generation.ts')
  holdYoungGeneration()
  await import('./run.ts')
} else {
  process.stderr.write(`Countersign needs Node ${LEAST} or newer. This is Node ${process.versions.node}.\n`)
  process.exitCode = 1
}
