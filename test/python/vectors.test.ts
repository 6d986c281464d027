/** The Python package against the vectors, and its canonical JSON against that of the TypeScript verifier. */
import { spawnSync } from 'node:child_process'
import * as executors from '@countersign/verifier'
import { digestOf, parseJson } from '@countersign/verifier'
import * as authorities from '@countersign/verifier/authority'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { documents } from '../docs/documents.ts'
import { python, startPython } from '../setup/python.ts'
import { runVectors } from '../vectors/run.mjs'

const here = (name: string) => new URL(name, import.meta.url).pathname

describe.skipIf(python === undefined)('the Python package', () => {
  it('brings out every vector as the TypeScript verifier does', async () => {
    const { count, failures } = JSON.parse(await startPython(here('run_vectors.py')).line())
    expect(failures).toEqual([])
    expect(count).toBe((await runVectors({ ...executors, ...authorities })).count)
  })

  it('brings out the proofs of a ledger as their vectors say, and refuses what Project Wycheproof calls invalid', async () => {
    const { count, failures } = JSON.parse(await startPython(here('run_proofs.py')).line())
    expect(failures).toEqual([])
    expect(count).toBeGreaterThan(250)
  })

  it('guards, challenges, reports and withstands hostile answers', async () => {
    const tests = startPython(here('test_guard.py'))
    expect(await tests.ended).toBe(0)
  })

  it('reaches the same digest of every JSON text, and refuses the same ones', async () => {
    const server = startPython(here('canonical_server.py'))
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        expect(await server.ask(JSON.stringify(text))).toBe(await digestHere(text))
      }),
      { numRuns: 3000, examples: EDGES.map((text): [string] => [text]) },
    )
    await server.stop()
  })
})

it.skipIf(python === undefined)('Python samples in the documents parse', () => {
  const samples = documents.flatMap(({ blocks }) => blocks.filter(({ language }) => language === 'python'))
  expect(samples.length).toBeGreaterThan(2)
  for (const { text } of samples) {
    const parsed = spawnSync(python ?? '', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], { input: text })
    expect(parsed.stderr.toString()).toBe('')
  }
})

const digestHere = (text: string): Promise<string> =>
  Promise.resolve()
    .then(() => digestOf(parseJson(text)))
    .catch((error) => error.code)

/** Doubles by their bits, so that every size is as likely as another. */
const double = fc
  .bigInt({ min: 0n, max: 2n ** 64n - 1n })
  .map((bits) => new Float64Array(new BigUint64Array([bits]).buffer)[0] ?? 0)
const written = fc.oneof(
  double.map(String),
  fc.double({ noNaN: true }).map((number) => number.toExponential()),
  fc.double({ noNaN: true, min: -1e7, max: 1e7 }).map((number) => number.toPrecision(20)),
  fc
    .tuple(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), fc.constantFrom('', '.0', 'e0', 'e3', '.50', 'E-2'))
    .map((parts) => parts.join('')),
)
const string = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.string({ unit: 'grapheme' }))
/** Strings as they may stand in JSON, halves of surrogate pairs and needless escapes among them. */
const quoted = fc.oneof(
  string.map((text) => JSON.stringify(text)),
  fc.array(fc.nat(0xffff), { maxLength: 4 }).map((units) => {
    const escaped = units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    return `"${escaped.join('')}"`
  }),
)
const { value } = fc.letrec<{ value: string }>((tie) => {
  const inner = tie('value')
  const members = fc.array(fc.tuple(quoted, inner), { maxLength: 5 })
  return {
    value: fc.oneof(
      { depthSize: 'small' },
      written,
      quoted,
      fc.constantFrom('null', 'true', 'false'),
      fc.array(inner, { maxLength: 5 }).map((items) => `[${items.join(' , ')}]`),
      members.map((pairs) => `{${pairs.map((pair) => pair.join('\t:')).join(',\n')}}`),
    ),
  }
})
const texts = fc.oneof(value, value, fc.json({ stringUnit: 'binary' }), fc.string())

const EDGES = [
  ...['5e-324', '2.2250738585072014e-308', '1e-7', '0.000001', '1e21', '9007199254740991', '9007199254740992', '-0'],
  ...[
    '-0.0',
    '1.0',
    '123e-20',
    '4.35',
    '0.1e-6',
    '1e16',
    '1e400',
    '-1e-400',
    '01',
    '1.',
    '.5',
    '+1',
    'NaN',
    'Infinity',
  ],
  ...['"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\udc4b"', '{"a":1,"\\u0061":2}', '{"__proto__":1}', '\ufeff1', ''],
  ...['{"\ue000":1,"\u{10000}":2}', '"\u2028\u007f\u0080"', '"\\/\\b\\f\\n\\r\\t\\u001f"', '"\t"', '[1,]', '[\u00a01]'],
  ...[
    '['.repeat(32) + ']'.repeat(32),
    '['.repeat(33) + ']'.repeat(33),
    '['.repeat(100_000),
    '1'.repeat(5000),
    '\u0661',
  ],
]
