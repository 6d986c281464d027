/**
 * Rules for URLs that others name: webhooks, and the push services of browsers. Each delivery checks the resolved
 * addresses anew, since names change.
 */
import ipaddr from 'ipaddr.js'

/**
 * True for addresses of the public internet: not private, loopback, link-local, carrier-grade, multicast, reserved or
 * unspecified, nor an IPv6 tunnel or mapping of IPv4 (except a mapped public address).
 */
export const isPublicAddress = (address: string): boolean =>
  ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast'

/** Why this cannot be a target; null when it can. `privateToo`: the operator allows targets in their own network. */
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
