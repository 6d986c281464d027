/** Each fault of a configuration is said in the project's own words, with the form that is expected. */
import { describe, expect, it } from 'vitest'
import { readConfig } from '../../src/gateway/config/gateway-config.ts'

const SECRET = { env: 'X' }
const right = {
  issuer: 'http://localhost:8787',
  audience: 'urn:x',
  credential: SECRET,
  challenge_key: 'key.jwk',
  agents: { claude: { credential: SECRET } },
  upstreams: { files: { command: 'x' } },
}
const files = (more: object) => ({ upstreams: { files: { command: 'x', ...more } } })
const rule = (given: unknown) => files({ tools: { '*': given } })

describe('a configuration with', () => {
  it.each<[string, object]>([
    ['credential: It has to be { "env": "NAME" } or { "command": ["…"] }: a secret is never', { credential: 'cs_x' }],
    ['credential: It has to be { "env": "NAME" }', { credential: 5 }],
    ['credential: It is missing.', { credential: undefined }],
    ['credential.env: It is missing.', { credential: {} }],
    ['credential.env: It is no name of an environment variable.', { credential: { env: 'A B' } }],
    ['credential.command: It has to have at least 1 entries.', { credential: { command: [] } }],
    ['credential.command: It has to be a list', { credential: { command: 'pass show x' } }],
    ['agents.claude: It has to be an object', { agents: { claude: 'x' } }],
    ['agents: It has to have 1 to 100 members.', { agents: {} }],
    ['issuer: It has to be an address that begins with http://', { issuer: 'localhost:8787' }],
    ['issuer: It has to be', { issuer: 5 }],
    ['audience: It has to be a text', { audience: null }],
    ['upstreams.files: It has to be { "command": "…", … } or { "url": "…", … }.', { upstreams: { files: 'npx' } }],
    ['upstreams.files.env.A: It has to be a text, or a secret: { "env"', files({ env: { A: 5 } })],
    ['upstreams.files.args: It has to be a list', files({ args: 'x' })],
    ['upstreams.files.untrusted_results: It has to be true or false.', files({ untrusted_results: 'yes' })],
    ['upstreams.files.tools.*: It has to be "read", "write" or "destructive", or an object', rule('raed')],
    ['upstreams.files.tools.*.effect: It has to be "read" or "write" or "destructive".', rule({ effect: 'x' })],
    ['upstreams.files.tools.*.preview: It has to be { "read"', rule({ effect: 'write', preview: 'x' })],
    ['hold_seconds: It has to be at most 45.', { hold_seconds: 90 }],
    ['hold_seconds: It has to be a whole number.', { hold_seconds: 1.5 }],
    ['listen.port: It has to be at most 65535.', { listen: { port: 99_999 } }],
    ['listen: It has to be an object', { listen: 8800 }],
  ])('%s', (words, more) => {
    const read = () => readConfig(JSON.stringify({ ...right, ...more }))
    expect(read).toThrow(words)
    expect(read).not.toThrow(/Invalid|expected|Too (small|big)/)
  })

  it('no fault is read', () => {
    expect(readConfig(JSON.stringify(right)).audience).toBe('urn:x')
  })
})
