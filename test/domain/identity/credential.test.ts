/** Credentials: secrets that say what they are, kept only as a hash. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { hashSecret, kindOfCredential, newCredential } from '../../../src/domain/identity/credential.ts'

const KINDS = ['agent', 'executor', 'operator', 'auditor'] as const

describe('a credential', () => {
  it.each(KINDS)('of kind %s shows it, and only its beginning is kept to be read', async (kind) => {
    const bytes = crypto.getRandomValues(new Uint8Array(32))
    const { secret, hash, prefix } = await newCredential(kind, bytes)
    expect(secret).toBe(`cs_${kind}_${Buffer.from(bytes).toString('base64url')}`)
    expect(kindOfCredential(secret)).toBe(kind)
    expect(secret.startsWith(prefix)).toBe(true)
    expect(prefix).toHaveLength(`cs_${kind}_`.length + 6)
    expect(hash).toBe(createHash('sha256').update(secret).digest('base64url'))
    expect(await hashSecret(secret)).toBe(hash)
  })

  it.each([
    '',
    'cs_agent_',
    `cs_agent_${'A'.repeat(42)}`,
    `cs_agent_${'A'.repeat(44)}`,
    `cs_admin_${'A'.repeat(43)}`,
    `CS_AGENT_${'A'.repeat(43)}`,
    `cs_agent_${'A'.repeat(42)}=`,
    ` cs_agent_${'A'.repeat(43)}`,
    `cs_agent_${'A'.repeat(43)}\n`,
    `cs_toString_${'A'.repeat(43)}`,
  ])('is nothing of this form: %j', (text) => {
    expect(kindOfCredential(text)).toBeUndefined()
  })
})
