/** Examines whether the mail server takes this authority's sign-in, without sending anything. */
import { type Finding, mend, ok, unknown } from '../../api/parties/diagnosis-shapes.ts'
import type { Config } from '../../authority/config.ts'
import { mailTransport } from '../mail.ts'

export async function examineMail({ mail }: Pick<Config, 'mail'>): Promise<Finding> {
  if (mail === null) return unknown('mail', 'None is sent: COUNTERSIGN_SMTP_URL is not set.')
  const transport = await mailTransport(mail)
  try {
    await transport.verify()
    return ok('mail', 'The mail server takes the sign-in.')
  } catch (error) {
    return mend('mail', `${wordsFor(codeOf(error))} Correct COUNTERSIGN_SMTP_URL.`)
  } finally {
    transport.close()
  }
}

/** The error itself may repeat what the server said, and so a password. */
const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

const WORDS: Readonly<Record<string, string>> = {
  EAUTH: 'The mail server refuses the user or the password.',
  EDNS: 'The name of the mail server cannot be resolved.',
  ETLS: 'The TLS of the mail server cannot be trusted.',
  ECONNECTION: 'Nothing listens at the mail server’s address, or it hangs up.',
  ESOCKET: 'Nothing listens at the mail server’s address, or it hangs up.',
  ETIMEDOUT: 'The mail server does not answer.',
}

const wordsFor = (code: string): string => WORDS[code] ?? `The mail server cannot be used (${code || 'no code'}).`
