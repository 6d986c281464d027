/** What a channel asks for before a message goes to a server that wants a credential for each. */

export type Headers = Readonly<Record<string, string>>

/** The headers for a message; `tool`: the tool that it calls. Throws `NoToken`. */
export type Credential = (tool: string | undefined, signal: AbortSignal) => Promise<Headers>

/** There is no credential, and therefore no call. The message holds no secret. */
export class NoToken extends Error {
  override readonly name = 'NoToken'
}
