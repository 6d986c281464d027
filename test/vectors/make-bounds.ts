/** Bounds of grants: series with their digests, calls inside and outside, and bounds that nobody can read. */
import { canonicalize, type JsonObject, type JsonValue } from '@countersign/verifier'
import { type Constraints, parseBounds, seriesDigest } from '@countersign/verifier/authority'
import { ACTION, AUDIENCE } from '../verifier/world.ts'

const JKT = 'zsHDnMOnVJBgBHjhPn2yKZ9X0OXMTqyMLC4m0aXgVjE'
const below = (prefix: string) => ({ path: { prefix } })

/** By constraints: what the argument `path`, `amount` or another may be, and may not. */
const calls: [string, JsonObject, readonly JsonValue[], readonly JsonValue[]][] = [
  ['equals a text', { path: { equals: 'a' } }, ['a'], ['A', 'a ', '', null, 0, ['a'], { a: 'a' }]],
  ['equals null', { path: { equals: null } }, [null], [0, false, '', 'null', [], {}]],
  ['equals a number', { path: { equals: 100 } }, [100, 1e2], ['100', 100.1, [100]]],
  ['equals zero', { path: { equals: 0 } }, [0, -0], [false, null, '0', '']],
  ['one of several', { path: { oneOf: ['a', 1, true] } }, ['a', 1, true], ['1', false, 'true', 'b', null, [1]]],
  [
    'a prefix',
    below('src/'),
    ['src/a.ts', 'src/a/b/c.ts', 'src/.env', 'src/a b.ts', 'src/[id]/(group)/page.tsx', 'src/größe.ts', 'src/日本語'],
    [
      'src', 'src/', 'srcx/a', 'SRC/a', '/src/a', 'src//a', 'src/a/', 'src/.', 'src/..', 'src/../a', 'src/a/../../b', 'src/./a',
      'src/...', 'src/.. ', 'src/a.', 'src/ ', 'src\\a', 'src/..\\a', 'src/%2e%2e/a', 'src/%2E%2E%2Fa', 'src/%252e%252e/a',
      'src/\u2024\u2024/a', 'src/\uff0e\uff0e/a', 'src/a\uff0fb', 'src/a\u2215b', 'src/a\u2044b', 'src/.\u200d./a', 'src/..\u034f/a',
      'src/a\u0000', 'src/a\nb', 'src/a\u202eb', 'src/cafe\u0301', 'src/ﬁle', 'src/a;rm', 'src/$HOME', 'src/`id`', 'src/a|b', 'src/a?b',
      'src/a#b', 'src/a:b', 'src/PROGRA~1', 'src/*', 'src/a"b', "src/a'b", 'src/a&b', 'src/<a>', `src/${'a'.repeat(1021)}`,
      7, null, ['src/a'], { path: 'src/a' },
    ],
  ],
  ['the prefix of a URL', below('https://a.example/x/'), ['https://a.example/x/1'], ['https://a.example/x/../y', 'https://a.example.evil/x/1', 'https://a.example/x@evil/?q']],
  ['at most', { path: { max: 50 } }, [0, -0, 50, 49.99, 0.000001], [50.000001, -1, -0.000001, 1e9, '50', null, [50], true, 0.0000001]],
  ['at most, and a sum', { path: { max: 50, sum: 400 } }, [50, 0], [51, 400]],
  ['a sum', { path: { sum: 400 } }, [400, 0.1], [400.1, -1]],
]

const broken: [string, unknown][] = [
  ['no uses', { arguments: {} }],
  ['no use', { uses: 0, arguments: {} }],
  ['too many uses', { uses: 1001, arguments: {} }],
  ['half a use', { uses: 1.5, arguments: {} }],
  ['a member too many', { uses: 1, arguments: {}, resource: { prefix: 'a/' } }],
  ['no arguments', { uses: 1 }],
  ['a list of arguments', { uses: 1, arguments: [] }],
  ['17 arguments', { uses: 1, arguments: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`a${at}`, { max: 1 }])) }],
  ['too much text', { uses: 1, arguments: { a: { equals: 'x'.repeat(2048) } } }],
  ...(
    [
      ['a constraint of nothing', {}],
      ['a constraint that is a value', 'src/'],
      ['two constraints', { equals: 'a', oneOf: ['a'] }],
      ['a prefix and a maximum', { prefix: 'a/', max: 1 }],
      ['an unknown constraint', { suffix: 'a' }],
      ['equals a list', { equals: ['a'] }],
      ['one of none', { oneOf: [] }],
      ['one of 33', { oneOf: Array.from({ length: 33 }, (_, at) => at) }],
      ['one of lists', { oneOf: [[1]] }],
      ['an empty prefix', { prefix: '' }],
      ['a prefix that ends within a name', { prefix: 'src' }],
      ['a prefix that leads out', { prefix: 'src/../' }],
      ['a prefix that begins outside', { prefix: '../' }],
      ['a prefix with an escape', { prefix: 'src%2f/' }],
      ['a prefix with a backslash', { prefix: 'src\\/' }],
      ['a prefix with a hidden character', { prefix: 'src\u200b/' }],
      ['a negative maximum', { max: -1 }],
      ['a maximum with seven decimals', { max: 0.0000001 }],
      ['a maximum too large', { max: 1_000_000_001 }],
      ['a sum that is a text', { sum: '400' }],
    ] as [string, unknown][]
  ).map(([name, constraint]): [string, unknown] => [name, { uses: 1, arguments: { path: constraint } }]),
  ['two sums', { uses: 1, arguments: { a: { sum: 1 }, b: { sum: 1 } } }],
]

export async function makeBounds() {
  const { name, resource, salt } = ACTION
  const series = { name, resource, salt, arguments: { text: 'x' } }
  const accept = []
  for (const [title, given, inside, outside] of calls) {
    const constraints: Constraints = parseBounds({ uses: 3, arguments: given }).arguments
    const shared = { name, resource, arguments: series.arguments, bounds: given, salt }
    accept.push({
      name: title,
      bounds: { uses: 3, arguments: given },
      canonical: canonicalize({ typ: 'countersign/series/v1', aud: AUDIENCE, jkt: JKT, ...shared }),
      digest: await seriesDigest(series, constraints, { audience: AUDIENCE, jkt: JKT }),
      inside,
      outside,
    })
  }
  return { audience: AUDIENCE, jkt: JKT, series, accept, reject: broken.map(([title, bounds]) => ({ name: title, bounds })) }
}
