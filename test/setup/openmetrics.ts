/** Reads a scrape with the reference parser of OpenMetrics, Python's prometheus_client, which is strict. */
import { spawnSync } from 'node:child_process'

const READ = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families = text_string_to_metric_families(sys.stdin.read())
samples = [[s.name, s.labels, str(s.value)] for family in families for s in family.samples]
print(json.dumps(samples))
`

export type Samples = ReadonlyMap<string, number>

/** By name and labels, such as `countersign_answers_total{answer="denied"}`. Throws for text that is no OpenMetrics. */
export function readOpenMetrics(text: string): Samples {
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', READ], { input: text, encoding: 'utf8' })
  if (status !== 0) throw new Error(`The parser refused it: ${stderr}`)
  const samples: [string, Record<string, string>, string][] = JSON.parse(stdout)
  return new Map(samples.map(([name, labels, value]) => [name + labelsOf(labels), Number(value)]))
}

const labelsOf = (labels: Readonly<Record<string, string>>) => {
  const written = Object.entries(labels).map(([name, value]) => `${name}="${value}"`)
  return written.length === 0 ? '' : `{${written.join(',')}}`
}
