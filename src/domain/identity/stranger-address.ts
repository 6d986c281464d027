/**
 * The address that calls without a credential are counted by.
 *
 * In: the address of the connection, X-Forwarded-For, the trusted proxies. Out: an IPv4 address, or the /64 of an IPv6
 * address, since one subscriber holds a whole /64. Each proxy appends the address that it was called from, so only the
 * right-most entries, written by trusted proxies, are believed.
 */
import ipaddr from 'ipaddr.js'

/** The number of proxies in front of each process, or their networks. None: the connection's own address counts. */
export type TrustedProxies = { readonly count: number } | { readonly networks: readonly Network[] }
type Network = ReturnType<typeof ipaddr.parseCIDR>

const MAX_PROXIES = 16
const PREFIX_BITS = 64

/** Undefined for a text that is neither a count up to 16 nor a list of addresses and CIDRs, separated by commas. */
export function parseTrustedProxies(text: string): TrustedProxies | undefined {
  if (/^\d{1,2}$/.test(text)) return Number(text) <= MAX_PROXIES ? { count: Number(text) } : undefined
  const parts = text.split(',').map((part) => part.trim())
  if (!parts.every((part) => ipaddr.isValidCIDR(part) || isWholeAddress(part))) return undefined
  return { networks: parts.map((part) => (part.includes('/') ? ipaddr.parseCIDR(part) : networkOf(part))) }
}

/** `ipaddr.isValid` would also take 10 or 0x7f.1. */
const isWholeAddress = (text: string) => ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text)

function networkOf(text: string): Network {
  const address = ipaddr.parse(text)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

/** Whether the host of a URL is an address and no name. */
export const isAddress = (hostname: string): boolean => ipaddr.isValid(hostname.replace(/^\[(.*)\]$/, '$1'))

/** `connection` is the peer of the socket; `forwarded` is X-Forwarded-For, undefined where it is absent. */
export function strangerAddress(connection: string, forwarded: string | undefined, proxies: TrustedProxies): string {
  const hops = [...(forwarded ?? '').split(',').map(addressIn), addressIn(connection)]
  // An entry that is no address was not written by a trusted proxy: nothing to the left of it counts.
  const known = hops.slice(hops.lastIndexOf(undefined) + 1).filter((hop) => hop !== undefined)
  const fromRight = known.reverse()
  const at =
    'count' in proxies
      ? proxies.count
      : fromRight.findIndex((hop) => !proxies.networks.some((range) => within(hop, range)))
  const stranger = (at < 0 ? undefined : fromRight[at]) ?? fromRight.at(-1)
  return stranger === undefined ? 'unknown' : keyOf(stranger)
}

type Address = ReturnType<typeof ipaddr.process>

/** Some proxies append the port, some write IPv6 in brackets. */
function addressIn(entry: string): Address | undefined {
  const text = entry.trim().replace(/^\[([^\]]+)\](:\d+)?$|^([\d.]+):\d+$/, '$1$3')
  return isWholeAddress(text) ? ipaddr.process(text) : undefined
}

const within = (address: Address, [network, bits]: Network): boolean =>
  address.kind() === network.kind() && address.match(network, bits)

function keyOf(address: Address): string {
  if (address.kind() === 'ipv4') return address.toString()
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${address.toNormalizedString().replace(/%.*/, '')}/${PREFIX_BITS}`)}/${PREFIX_BITS}`
}
