/** Nodes that are hashed without leaving the thread are hashed as RFC 6962 has it. */
import { nodeHash } from '@countersign/verifier/proof'
import { expect, it } from 'vitest'
import { hashNode } from '../../src/node/hash-node.ts'

const data = crypto.getRandomValues(new Uint8Array(64))

it('hashes a node as RFC 6962 has it', async () => {
  const [left, right] = [data.slice(0, 32), data.slice(32, 64)]
  expect(new Uint8Array(await hashNode(left, right))).toEqual(await nodeHash(left, right))
})
