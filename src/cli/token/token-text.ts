/** The token that a command is given. */
import { text } from 'node:stream/consumers'
import { fileBytes } from '../arguments/json-file.ts'
import { usage } from '../exit.ts'

/** From a file, an argument, or stdin. Surrounding white space and a leading `Bearer ` or `DPoP ` are dropped. */
export async function tokenText(argument: string | undefined, file: string | undefined): Promise<string> {
  if (argument !== undefined && file !== undefined) throw usage('Give the token or --file, not both.')
  const given = argument === undefined || argument === '-' ? await readFrom(file) : argument
  const token = given.trim().replace(/^(Bearer|DPoP)\s+/i, '')
  if (token === '') throw usage('There is no token: give one on stdin, with --file, or as an argument.')
  return token
}

async function readFrom(file: string | undefined): Promise<string> {
  if (file === undefined) {
    if (process.stdin.isTTY) throw usage('There is no token: give one on stdin, with --file, or as an argument.')
    return text(process.stdin)
  }
  return fileBytes(file).toString()
}
