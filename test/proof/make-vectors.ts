/**
 * The content of `test/vectors/proofs.json`: made by the recursive definition of RFC 6962 and fixed keys.
 *
 * In: nothing. Out: plain JSON, the same each time. Each case under `reject` has one fault, which its name says.
 */
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { entryAt, type Hash, leafOf, leavesUpTo, referenceTree } from './reference.ts'

const SIZE = 300
const leaves = leavesUpTo(SIZE)
const tree = referenceTree(leaves)
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const zeros = new Uint8Array(32)
const leaf = (index: number): Hash => leaves[index] ?? zeros
const flipped = (hash: Hash): Hash => hash.with(0, (hash[0] ?? 0) ^ 1)

// ── keys ─────────────────────────────────────────────────────────────────

const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** A key from a label, and so the same for everyone: it protects nothing. */
function keyOf(name: string, type: number) {
  const seed = createHash('sha256').update(`countersign vectors ${name}`).digest()
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32)
  const typed = Buffer.concat([Buffer.of(type), publicKey])
  const id = createHash('sha256').update(`${name}\n`).update(typed).digest().subarray(0, 4)
  const line = (signature: Uint8Array, of = name) => `— ${of} ${base64(Buffer.concat([id, signature]))}\n`
  return {
    name,
    vkey: `${name}+${id.toString('hex')}+${base64(typed)}`,
    sign: (text: string) => line(sign(null, Buffer.from(text), key)),
    cosign: (text: string, at: number, stated = at) => {
      const stamp = Buffer.alloc(8)
      stamp.writeBigUInt64BE(BigInt(stated))
      return line(Buffer.concat([stamp, sign(null, Buffer.from(`cosignature/v1\ntime ${at}\n${text}`), key)]))
    },
    line,
    typed,
  }
}

const log = keyOf('approve.example/log', 1)
const witness = keyOf('witness.example/w1', 4)
const stranger = keyOf('stranger.example', 1)
const AT = 1_800_000_000

const body = (size: number, root = tree.root(size), origin = log.name) => `${origin}\n${size}\n${base64(root)}\n`
const signed = (text: string, ...lines: string[]) => `${text}\n${lines.join('')}`
const checkpoint = (size: number) => signed(body(size), log.sign(body(size)))

// ── the parts ────────────────────────────────────────────────────────────

function inclusions() {
  const proof = (index: number, size: number, change: object = {}) => ({
    leaf: base64(leaf(index)),
    index,
    size,
    root: base64(tree.root(size)),
    path: tree.inclusion(index, size).map(base64),
    ...change,
  })
  const path = tree.inclusion(5, 13)
  const accept = [
    [0, 1],
    [0, 2],
    [1, 2],
    [5, 13],
    [12, 13],
    [6, 7],
    [255, 256],
    [256, 257],
    [299, 300],
  ] as const
  return {
    accept: accept.map(([index, size]) => proof(index, size)),
    reject: [
      { name: 'another index', ...proof(5, 13, { index: 4 }) },
      { name: 'index past the end', ...proof(5, 13, { index: 13 }) },
      { name: 'another leaf', ...proof(5, 13, { leaf: base64(leaf(6)) }) },
      { name: 'another root', ...proof(5, 13, { root: base64(tree.root(12)) }) },
      { name: 'another size', ...proof(5, 13, { size: 8 }) },
      { name: 'a changed hash', ...proof(5, 13, { path: path.with(1, flipped(path[1] ?? zeros)).map(base64) }) },
      { name: 'a hash left out', ...proof(5, 13, { path: path.slice(1).map(base64) }) },
      { name: 'a hash too many', ...proof(5, 13, { path: [...path, zeros].map(base64) }) },
      { name: 'hashes in another order', ...proof(5, 13, { path: path.toReversed().map(base64) }) },
      { name: 'a hash of 31 bytes', ...proof(5, 13, { path: path.with(0, zeros.subarray(1)).map(base64) }) },
      {
        name: 'a node shown as a leaf',
        ...proof(0, 4, {
          leaf: base64(tree.root(2)),
          path: tree.inclusion(0, 4).slice(1).map(base64),
        }),
      },
    ],
  }
}

function consistencies() {
  const proof = (oldSize: number, newSize: number, change: object = {}) => ({
    old_size: oldSize,
    old_root: base64(tree.root(oldSize)),
    new_size: newSize,
    new_root: base64(tree.root(newSize)),
    path: tree.consistency(oldSize, newSize).map(base64),
    ...change,
  })
  const path = tree.consistency(6, 13)
  const accept = [
    [0, 0],
    [0, 9],
    [1, 1],
    [1, 2],
    [3, 7],
    [4, 7],
    [6, 13],
    [8, 13],
    [255, 256],
    [256, 300],
  ] as const
  return {
    accept: accept.map(([from, to]) => proof(from, to)),
    reject: [
      { name: 'another old root', ...proof(6, 13, { old_root: base64(tree.root(5)) }) },
      { name: 'another new root', ...proof(6, 13, { new_root: base64(tree.root(12)) }) },
      { name: 'another old size', ...proof(6, 13, { old_size: 5 }) },
      { name: 'a tree that shrank', ...proof(13, 13, { new_size: 6, new_root: base64(tree.root(6)) }) },
      { name: 'a changed hash', ...proof(6, 13, { path: path.with(0, flipped(path[0] ?? zeros)).map(base64) }) },
      { name: 'a hash left out', ...proof(6, 13, { path: path.slice(1).map(base64) }) },
      { name: 'a hash too many', ...proof(6, 13, { path: [...path, zeros].map(base64) }) },
      { name: 'no hash at all', ...proof(6, 13, { path: [] }) },
      { name: 'two roots for one size', ...proof(6, 6, { new_root: base64(flipped(tree.root(6))) }) },
      { name: 'a proof for the empty tree', ...proof(0, 9, { path: [base64(zeros)] }) },
      { name: 'a root of the empty tree that is none', ...proof(0, 9, { old_root: base64(zeros) }) },
    ],
  }
}

function notes() {
  const text = 'If it is not written down,\n\nit did not happen.\n'
  const one = (note: string, ...keys: string[]) => ({ note, vkeys: keys.length > 0 ? keys : [log.vkey] })
  const good = signed(text, log.sign(text))
  return {
    accept: [
      one(good),
      one(signed(text, stranger.sign(text), log.sign(text))),
      one(signed(text, log.sign(text), witness.cosign(text, AT)), log.vkey, witness.vkey),
      one(signed(text, witness.cosign(text, AT)), witness.vkey),
    ],
    reject: [
      { name: 'no known key', ...one(good, stranger.vkey) },
      { name: 'a changed text', ...one(good.replace('happen', 'matter')) },
      {
        name: 'a bad signature beside a good one',
        ...one(signed(text, log.sign(text), stranger.sign('')), log.vkey, stranger.vkey),
      },
      { name: 'a known key under another name', ...one(good.replace(`— ${log.name}`, '— approve.example/Log')) },
      { name: 'no blank line', ...one(`${text.trimEnd()}\n${log.sign(text)}`.replace('\n\n', '\n')) },
      { name: 'no signature', ...one(`${text}\n`) },
      { name: 'no newline at the end', ...one(good.trimEnd()) },
      { name: 'a hyphen for the dash', ...one(good.replace('—', '-')) },
      { name: 'base64 without padding', ...one(good.replace(/=+\n$/, '\n')) },
      { name: 'a carriage return', ...one(signed('one\r\n', log.sign('one\r\n'))) },
      { name: 'a control character', ...one(signed('one\u0007\n', log.sign('one\u0007\n'))) },
      { name: 'a signature that is only an id', ...one(signed(text, log.line(new Uint8Array()))) },
      { name: 'a cosignature of another time', ...one(signed(text, witness.cosign(text, AT, AT + 1)), witness.vkey) },
      { name: 'a cosignature without time', ...one(signed(text, witness.line(new Uint8Array(64))), witness.vkey) },
    ],
  }
}

function verifierKeys() {
  const id = log.vkey.split('+')[1] ?? ''
  const named = (name: string, of: ReturnType<typeof keyOf>) => `${name}+${id}+${base64(of.typed)}`
  return {
    accept: [log.vkey, witness.vkey],
    reject: [
      { name: 'an id of another key', vkey: named(log.name, stranger) },
      { name: 'another name', vkey: named('approve.example', log) },
      { name: 'an upper-case id', vkey: log.vkey.replace(id, 'ABCDEF01') },
      { name: 'no name', vkey: log.vkey.slice(log.name.length) },
      { name: 'a name with a space', vkey: keyOf('approve example', 1).vkey },
      { name: 'an unknown type', vkey: keyOf(log.name, 9).vkey },
      { name: 'a key of 31 bytes', vkey: `${log.name}+${id}+${base64(log.typed.subarray(0, 32))}` },
      { name: 'nothing', vkey: '' },
    ],
  }
}

function checkpoints() {
  const of = (text: string) => ({ checkpoint: signed(text, log.sign(text)), vkey: log.vkey })
  const root = base64(tree.root(13))
  return {
    accept: [of(body(13)), of(body(0)), of(`${body(13)}an extension line\n`)],
    reject: [
      { name: 'of another log', ...of(body(13, tree.root(13), 'b.example/log')) },
      { name: 'signed by a stranger', checkpoint: signed(body(13), stranger.sign(body(13))), vkey: log.vkey },
      { name: 'signed for another size', checkpoint: signed(body(13), log.sign(body(12))), vkey: log.vkey },
      { name: 'no origin', ...of(`\n13\n${root}\n`) },
      { name: 'a size with a leading zero', ...of(`${log.name}\n013\n${root}\n`) },
      { name: 'a size with a sign', ...of(`${log.name}\n+13\n${root}\n`) },
      { name: 'a size beyond 2^53', ...of(`${log.name}\n9007199254740992\n${root}\n`) },
      { name: 'a root of 31 bytes', ...of(`${log.name}\n13\n${base64(zeros.subarray(1))}\n`) },
      { name: 'a root in base64url', ...of(`${log.name}\n13\n${'-_'.repeat(21)}8=\n`) },
      { name: 'two lines', ...of(`${log.name}\n13\n`) },
      { name: 'an empty extension line', ...of(`${body(13)}\nmore\n`) },
    ],
  }
}

function proofs() {
  const entry = entryAt(5)
  const lines = (index: number | string, path = tree.inclusion(5, 13), extra: string | null = base64(entry)) =>
    [
      'c2sp.org/tlog-proof@v1',
      ...(extra === null ? [] : [`extra ${extra}`]),
      `index ${index}`,
      ...path.map(base64),
    ].join('\n')
  const of = (head: string, note = checkpoint(13), data = entry) => ({
    entry: base64(data),
    proof: `${head}\n\n${note}`,
  })
  return {
    vkey: log.vkey,
    accept: [
      of(lines(5)),
      of(lines(5, undefined, null)),
      { entry: base64(entryAt(0)), proof: `${lines(0, [], null)}\n\n${checkpoint(1)}` },
    ],
    reject: [
      { name: 'of another entry', ...of(lines(5), undefined, entryAt(6)) },
      { name: 'another index', ...of(lines(4)) },
      { name: 'an index with a leading zero', ...of(lines('05')) },
      { name: 'a hash left out', ...of(lines(5, tree.inclusion(5, 13).slice(1))) },
      { name: 'another checkpoint', ...of(lines(5), checkpoint(12)) },
      { name: 'a checkpoint nobody signed', ...of(lines(5), signed(body(13), stranger.sign(body(13)))) },
      { name: 'another version', ...of(lines(5).replace('@v1', '@v2')) },
      { name: 'no index', ...of(lines(5).replace('index 5\n', '')) },
      { name: 'no checkpoint', ...of(lines(5), '') },
      {
        name: 'extra after the index',
        ...of(lines(5, undefined, null).replace('index 5', `index 5\nextra ${base64(entry)}`)),
      },
    ],
  }
}

/** Everything, by format. */
export function makeVectors() {
  const sizes = [0, 1, 2, 3, 7, 8, 13, 255, 256, 257, 300]
  return {
    leaves: [0, 1, 5].map((index) => ({ entry: base64(entryAt(index)), hash: base64(leafOf(entryAt(index))) })),
    roots: sizes.map((size) => ({ size, root: base64(tree.root(size)) })),
    inclusion: inclusions(),
    consistency: consistencies(),
    vkey: verifierKeys(),
    note: notes(),
    checkpoint: checkpoints(),
    tlog_proof: proofs(),
  }
}
