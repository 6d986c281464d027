/**
 * Mail over SMTP, from Node; tells a final refusal from an unreachable server. Each mail uses its own connection, which
 * ends after ten seconds of silence.
 */
import type { Config } from '../authority/config.ts'
import { MailRefused, type SendMail } from '../authority/notify/transports.ts'

const TIMEOUT_MS = 10_000

type MailSettings = NonNullable<Config['mail']>

export async function mailTransport({ smtpUrl }: Pick<MailSettings, 'smtpUrl'>) {
  // Loaded late: without mail, it would only cost memory.
  const { createTransport } = await import('nodemailer')
  return createTransport({
    url: smtpUrl,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}

export async function createMail({ smtpUrl, from }: MailSettings, name: string): Promise<SendMail> {
  const transport = await mailTransport({ smtpUrl })
  const domain = from.slice(from.lastIndexOf('@') + 1)
  return async ({ id, to, subject, text }) => {
    try {
      // Suppresses out-of-office replies; the message id makes a repetition recognisable.
      const headers = { 'Auto-Submitted': 'auto-generated' }
      await transport.sendMail({
        from: { name, address: from },
        to: { name: '', address: to },
        subject,
        text,
        messageId: `<${id}@${domain}>`,
        headers,
      })
    } catch (error) {
      const code = error instanceof Error && 'responseCode' in error ? Number(error.responseCode) : 0
      throw code >= 500 ? new MailRefused(`The mail server refused it (${code}).`) : error
    }
  }
}
