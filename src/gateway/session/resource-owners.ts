/**
 * Which of several servers has a resource: the one that listed it, else the one with a template for it, else the one
 * whose results link to it. Where two have the same claim nobody is asked: neither can take the other's place.
 */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { type Outcome, objectIn, textIn } from '../message/json-rpc.ts'

export interface ResourceOwners<S> {
  /** A page of one of the server's lists. */
  readonly noteList: (server: S, page: readonly JsonObject[]) => void
  readonly noteLinks: (server: S, outcome: Outcome) => void
  /** The servers with the best claim. A template's own text is an address, too. */
  readonly find: (uri: string) => readonly S[]
}

/** Of each kind, for each server; the oldest is forgotten first. */
const MAX_KNOWN = 10_000
const MAX_TEMPLATES = 200
const MAX_LENGTH = 2048

interface Claims {
  readonly listed: Set<string>
  readonly templates: Set<string>
  readonly linked: Set<string>
}

export function createResourceOwners<S>(servers: readonly S[]): ResourceOwners<S> {
  const claims = new Map(
    servers.map((server): [S, Claims] => [server, { listed: new Set(), templates: new Set(), linked: new Set() }]),
  )
  const having = (has: (claims: Claims) => boolean): readonly S[] => servers.filter((server) => has(claimsOf(server)))
  const claimsOf = (server: S): Claims => claims.get(server) ?? NONE

  return {
    noteList(server, page) {
      const { listed, templates } = claimsOf(server)
      for (const one of page) {
        note(listed, textIn(one, 'uri'), MAX_KNOWN)
        note(templates, textIn(one, 'uriTemplate'), MAX_TEMPLATES)
      }
    },
    noteLinks(server, outcome) {
      for (const uri of linksIn(outcome)) note(claimsOf(server).linked, uri, MAX_KNOWN)
    },
    find(uri) {
      const kinds = [
        () => having(({ listed }) => listed.has(uri)),
        () => having(({ templates }) => [...templates].some((template) => fits(template, uri))),
        () => having(({ linked }) => linked.has(uri)),
      ]
      return kinds.map((kind) => kind()).find((found) => found.length > 0) ?? []
    },
  }
}

const NONE: Claims = { listed: new Set(), templates: new Set(), linked: new Set() }

function note(known: Set<string>, uri: string | undefined, most: number): void {
  if (uri === undefined || uri.length > MAX_LENGTH) return
  const [oldest] = known.add(uri)
  if (known.size > most && oldest !== undefined) known.delete(oldest)
}

/** Whether the literal parts of a template (RFC 6570) stand in the address, in order. Takes time in its length alone. */
function fits(template: string, uri: string): boolean {
  const [first = '', ...others] = template.split(/\{[^{}]*\}/)
  const last = others.pop()
  if (last === undefined) return template === uri
  if (!isRooted(first) || !uri.startsWith(first)) return false
  let at = first.length
  for (const part of others) {
    const found = uri.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return uri.length - last.length >= at && uri.endsWith(last)
}

/** A template that begins with no scheme would have every address. */
const isRooted = (beginning: string): boolean => /^[A-Za-z][A-Za-z0-9+.-]*:/.test(beginning)

/** In the content of a tool's result, also of one inside a task, and in the messages of a prompt. */
function linksIn(outcome: Outcome): readonly string[] {
  if ('error' in outcome) return []
  const { content, messages, result } = outcome.result
  const inMessages = listIn(messages).flatMap((message) => (isJsonObject(message) ? [message['content']] : []))
  const all = [...listIn(content), ...listIn(objectIn({ result }, 'result')['content']), ...inMessages]
  return all.flatMap((one) => textIn(one, 'uri') ?? textIn(objectIn(one, 'resource'), 'uri') ?? [])
}

const listIn = (value: JsonValue | undefined): readonly (JsonValue | undefined)[] => (Array.isArray(value) ? value : [])
