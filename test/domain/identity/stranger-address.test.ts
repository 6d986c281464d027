/** The address a stranger is counted by: only what trusted proxies wrote is believed, whatever else the header says. */
import { describe, expect, it } from 'vitest'
import { parseTrustedProxies, strangerAddress } from '../../../src/domain/identity/stranger-address.ts'

const addressOf = (proxies: string, connection: string, forwarded?: string) => {
  const trusted = parseTrustedProxies(proxies)
  if (trusted === undefined) throw new Error(`${proxies} was refused`)
  return strangerAddress(connection, forwarded, trusted)
}

describe('the address of a stranger', () => {
  it.each([
    ['nothing is believed without proxies', '0', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['one proxy names its caller', '1', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['a stranger’s own entry counts for nothing', '1', '10.0.0.1', '192.0.2.66, 198.51.100.1', '198.51.100.1'],
    ['two proxies', '2', '10.0.0.1', '192.0.2.66, 198.51.100.1, 10.0.0.2', '198.51.100.1'],
    ['fewer entries than proxies', '3', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['no header', '1', '10.0.0.1', undefined, '10.0.0.1'],
    ['a network of proxies', '10.0.0.0/8', '10.0.0.1', '192.0.2.66, 198.51.100.1, 10.9.9.9', '198.51.100.1'],
    ['a connection past the proxies', '10.0.0.0/8', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['proxies alone', '10.0.0.0/8, ::1', '::1', '10.1.1.1', '10.1.1.1'],
    ['a mapped connection', '127.0.0.1', '::ffff:127.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['a mapped entry', '1', '10.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
    ['a port', '1', '10.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
    ['IPv6 by its network', '1', '::1', '2001:db8:1:2:aaaa::1', '2001:db8:1:2::/64'],
    ['IPv6 in brackets, with a port', '1', '::1', '[2001:db8:1:2::9]:443', '2001:db8:1:2::/64'],
    ['a zone', '0', 'fe80::1%eth0', undefined, 'fe80::/64'],
    ['text that is no address', '1', '10.0.0.1', 'unknown', '10.0.0.1'],
    ['text left of the stranger', '1', '10.0.0.1', "'; DROP, 198.51.100.1", '198.51.100.1'],
    ['text between', '2', '10.0.0.1', '192.0.2.66, nonsense, 10.0.0.2', '10.0.0.2'],
    ['octal and short forms', '1', '10.0.0.1', '0x7f.1', '10.0.0.1'],
    ['no connection', '0', '', '198.51.100.1', 'unknown'],
  ])('%s', (_, proxies, connection, forwarded, expected) => {
    expect(addressOf(proxies, connection, forwarded)).toBe(expected)
  })

  it('is one for all of a /64, and another for its neighbour', () => {
    const [one, other, neighbour] = ['2001:db8::1', '2001:db8::ffff:1', '2001:db8:0:1::1'].map((from) =>
      addressOf('0', from),
    )
    expect(other).toBe(one)
    expect(neighbour).not.toBe(one)
  })

  it.each([
    '-1',
    '17',
    '1.5',
    'all',
    '10.0.0.0/33',
    '10.0.0',
    '0x0a.0.0.1',
    '10.0.0.1,',
    'proxy.example',
    '::1/129',
    '',
  ])('knows no proxies in “%s”', (text) => {
    expect(parseTrustedProxies(text)).toBeUndefined()
  })
})
