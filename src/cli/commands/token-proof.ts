/** `token proof`: proves possession of the key that a token is bound to, for one call. RFC 9449. */
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { existingKey } from '../credential/agent-key.ts'
import { usage } from '../exit.ts'
import { tokenText } from '../token/token-text.ts'

interface Options {
  readonly file?: string
  readonly key: string
  readonly address: string
  readonly method: string
  readonly approvalToken?: true
}

export async function proveToken(argument: string | undefined, options: Options, command: Command): Promise<void> {
  const { output } = contextOf(command)
  const { method, address: url, key, file, approvalToken } = options
  if (!URL.canParse(url))
    throw usage('--address is the whole address of the call, such as https://files.example/write.')
  const token = await tokenText(argument, file)
  const carriedIn = approvalToken ? 'approval-token' : 'authorization'
  const proof = await existingKey(key)({ method: method.toUpperCase(), url, token, carriedIn })
  output.result({ proof }, proof)
}
