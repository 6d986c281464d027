/**
 * POST to an endpoint named by others, from Node: only to addresses that were checked. The name is resolved once, all
 * its addresses are checked, and the connection uses only those, so changing the name's address afterwards has no
 * effect. Follows no redirect, waits ten seconds in all or as told, reads as much of a body as told.
 */
import { lookup } from 'node:dns'
import http from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import { type Post, TargetRefused } from '../authority/notify/transports.ts'
import { isPublicAddress, refusedTarget } from '../domain/notify/target.ts'

const TIMEOUT_MS = 10_000

/** `privateToo`: also allows targets that are not on the public internet. */
export function createPost(privateToo: boolean): Post {
  const publicLookup: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, [])
      if (addresses.every(({ address }) => isPublicAddress(address))) return callback(null, addresses)
      callback(new TargetRefused('Its name leads to an address that is not on the public internet.'), [])
    })
  }
  return (url, headers, body, read) =>
    new Promise((resolve, reject) => {
      const refused = refusedTarget(url, privateToo)
      if (refused !== null) return reject(new TargetRefused(refused))
      const { request } = url.startsWith('https:') ? https : http
      const call = request(url, {
        method: 'POST',
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        signal: AbortSignal.timeout(read?.timeoutMs ?? TIMEOUT_MS),
        // A new connection: the address of a kept one was checked for another name.
        agent: false,
        ...(privateToo ? {} : { lookup: publicLookup }),
      })
      call.on('error', reject)
      call.on('response', (response) => {
        const answer = {
          status: response.statusCode ?? 0,
          retryAfterSeconds: secondsOf(response.headers['retry-after']),
        }
        if (read) return resolve(textOf(response, read.maxBytes).then((text) => ({ ...answer, text })))
        resolve(answer)
        response.destroy()
      })
      call.end(body)
    })
}

/** Rejects for a body that is larger, or does not come in time. */
async function textOf(response: http.IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response) {
    length += chunk.length
    if (length > maxBytes) throw new RangeError('The answer is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Dates, the other form of Retry-After, are ignored: they depend on the receiver's clock. */
const secondsOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined
