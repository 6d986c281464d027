/**
 * Runs the benches that were asked for, one after the other, and says what came of them.
 *
 * In: `[NAME…] [--quick] [--markdown] [--json FILE] [--entries N] [--kept FILE] [--cases PATTERN]`. Out: a table, the figures as JSON, an exit code.
 * A bench that fails to run does not keep the others from running. run.mjs builds what it needs first.
 */
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { allow } from './allow.ts'
import { answer } from './answer.ts'
import { auditSignatures } from './audit-signatures.ts'
import { auditVerify } from './audit-verify.ts'
import { callAllowed } from './call-allowed.ts'
import { codingSession } from './coding-session.ts'
import { createDatabases } from './databases.ts'
import { decisions } from './decide.ts'
import { growth } from './growth.ts'
import type { Bench, Figure, Ground } from './harness.ts'
import { markdown, table } from './harness.ts'
import { idleStreams } from './idle-streams.ts'
import { killAmongStreams } from './kill-among-streams.ts'
import { killToRefusal } from './kill-to-refusal.ts'
import { ledgerAtScale } from './ledger-at-scale.ts'
import { loadGenerator } from './load-generator.ts'
import { logThroughput } from './log-throughput.ts'
import { mcpGateway } from './mcp-gateway.ts'
import { memoryAtWork, memoryOnPglite, memoryOnPostgres } from './memory.ts'
import { memoryLog } from './memory-log.ts'
import { oidcProvider } from './oidc-provider.ts'
import { pages } from './pages.ts'
import { policyReplay } from './policy-replay.ts'
import { policyValidate } from './policy-validate.ts'
import { processes } from './processes.ts'
import { processesBound } from './processes-bound.ts'
import { proofAtScale } from './proof-at-scale.ts'
import { proofWarm } from './proof-warm.ts'
import { provable } from './provable.ts'
import { proxy } from './proxy.ts'
import { redeem } from './redeem.ts'
import { redeemAtScale } from './redeem-at-scale.ts'
import { redeemByPolicy } from './redeem-by-policy.ts'
import { redeemWithLog } from './redeem-with-log.ts'
import { start } from './start.ts'
import { verifierBundle } from './verifier-bundle.ts'
import { verifierImport } from './verifier-import.ts'
import { verifyHuman, verifyPolicy } from './verify.ts'
import { workers } from './workers.ts'
import { worstLegalRequest, worstLegalRequestEmbedded } from './worst-legal-request.ts'

/** By subject, which names them all. Growth comes first: nobody may be admin yet in the database that it copies. */
const SUBJECTS: Readonly<Record<string, readonly Bench[]>> = {
  growth,
  verifier: [verifierBundle, verifierImport, verifyPolicy, verifyHuman],
  tokens: [
    loadGenerator,
    redeem,
    callAllowed,
    oidcProvider,
    allow,
    answer,
    proxy,
    redeemAtScale,
    processes,
    processesBound,
  ],
  policy: [decisions, policyValidate, policyReplay, redeemByPolicy, proofWarm, codingSession],
  process: [
    start,
    worstLegalRequest,
    worstLegalRequestEmbedded,
    memoryOnPglite,
    memoryOnPostgres,
    memoryAtWork,
    workers,
  ],
  pages: [pages],
  log: [logThroughput, redeemWithLog, provable, auditVerify, auditSignatures, proofAtScale, memoryLog, ledgerAtScale],
  gateway: [mcpGateway],
  stop: [killToRefusal, killAmongStreams, idleStreams],
}
const BENCHES: readonly Bench[] = Object.values(SUBJECTS).flat()

/** What runs where nothing is asked for. */
const USUAL = BENCHES.filter((bench) => !growth.includes(bench))

/** What `--quick` runs: the rows that a change of the code is most likely to move. */
const MAIN: readonly Bench[] = [
  ...[verifyPolicy, verifyHuman, redeem, callAllowed, allow, answer, decisions, start],
  ...[memoryOnPglite, memoryOnPostgres, logThroughput, mcpGateway, killToRefusal, pages],
]

/** Entries of a long log. */
const LONG = 10_000_000

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const asked = readArguments(args)
  if (typeof asked === 'string') {
    console.error(`${asked}\nThere are:\n${listing()}`)
    return 2
  }
  // Without this the servers and databases that were started would outlive an interrupted run.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  const [before] = loadavg()
  const { figures, failed } = await runAll(asked)
  console.log(`\n${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, Node ${process.version}`)
  console.log(`Load of the last minute before the run: ${before?.toFixed(1)}`)
  if (asked.quick) console.log('Quick: a third of the rounds. Figures vary more than those of a whole run.')
  console.log(`\n${asked.markdown ? markdown(figures) : table(figures)}`)
  const missed = figures.filter(({ met }) => met === false).map(({ name }) => name)
  if (missed.length > 0) console.log(`\nTargets missed: ${missed.join(', ')}.`)
  if (failed.length > 0) console.error(`\nFailed to run: ${failed.join(', ')}.`)
  return failed.length > 0 ? 1 : 0
}

/** What is to run, or what is wrong with what was asked. */
function readArguments(args: readonly string[]) {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'string' },
        markdown: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        entries: { type: 'string', default: String(LONG) },
        kept: { type: 'string' },
        cases: { type: 'string' },
      },
    })
    const unknown = positionals.filter((name) => !(name in SUBJECTS || BENCHES.some((bench) => bench.name === name)))
    if (unknown.length > 0) return `No such bench: ${unknown.join(', ')}.`
    const entries = Number(values.entries)
    if (!Number.isSafeInteger(entries) || entries < 1000) return '--entries: give a number, 1000 or more.'
    if (values.kept !== undefined && !process.env['DATABASE_URL'])
      return '--kept: set DATABASE_URL, the server that keeps the log.'
    const ofSubjects =
      positionals.length === 0 ? (values.quick ? MAIN : USUAL) : positionals.flatMap((name) => SUBJECTS[name] ?? [])
    const isAsked = (bench: Bench) =>
      positionals.includes(bench.name) || (bench.onlyByName === undefined && ofSubjects.includes(bench))
    const { json, markdown, quick, kept } = values
    const cases = values.cases === undefined ? undefined : new RegExp(values.cases)
    return { benches: BENCHES.filter(isAsked), json, markdown, quick, entries, kept, cases }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function listing(): string {
  const linesOf = ([subject, benches]: readonly [string, readonly Bench[]]) => [
    subject,
    ...benches.map(({ name, about }) => `  ${name.padEnd(28)}${about}`),
  ]
  return Object.entries(SUBJECTS).flatMap(linesOf).join('\n')
}

interface Asked extends Pick<Ground, 'entries' | 'quick' | 'kept' | 'cases'> {
  /** Has the figures of all benches that have run. */
  readonly json: string | undefined
  readonly benches: readonly Bench[]
}

async function runAll({ benches, json, ...asked }: Asked) {
  const figures: Figure[] = []
  const failed: string[] = []
  const ground: Ground = { databases: createDatabases(), ...asked }
  try {
    for (const bench of benches) {
      const start = performance.now()
      try {
        figures.push(...(await bench.run(ground)))
        if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures, null, 2)}\n`)
      } catch (error) {
        failed.push(bench.name)
        console.error(`${bench.name}:`, error)
      }
      console.error(`${bench.name}: ${((performance.now() - start) / 1000).toFixed(1)} s`)
    }
  } finally {
    await ground.databases.stop()
  }
  return { figures, failed }
}
