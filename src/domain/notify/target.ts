/**
 * Which targets others may name: webhooks' URLs, and what browsers subscribe with.
 *
 * In: a URL. Out: it, normalised, or why not. Whether its host resolves to a public address is asked at each delivery,
 * where the answer still holds.
 */
import ipaddr from 'ipaddr.js'

/**
 * Whether an address belongs to the public internet. Private, loopback, link-local, carrier-grade, multicast, reserved
 * and unspecified ones do not, nor what tunnels or maps to IPv4 from IPv6 (but for a mapped public address).
 */
export const isPublicAddress = (address: string): boolean =>
  ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast'

/** Why this cannot be a target; null when it can. `privateToo`: an operator has allowed targets of their own network. */
export function refusedTarget(text: string, privateToo: boolean): string | null {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url) return 'This is not a URL.'
  if (url.username || url.password) return 'A URL with a user name or password is not taken.'
  if (url.protocol !== 'https:' && !(privateToo && url.protocol === 'http:')) return 'The URL has to be https.'
  // The URL parser has written out decimal, octal and hexadecimal forms of an address by now.
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  const isPrivate = ipaddr.isValid(host) ? !isPublicAddress(host) : /(^|\.)(localhost|local|internal)$/.test(host)
  return isPrivate && !privateToo ? 'This address is not on the public internet.' : null
}
