/** The result of a change: a link or a credential, shown once, to copy or to scan. */

import { announce, find } from './dom.ts'
import type { ChangeResult } from './pending-change.ts'
import { qrCode } from './qr-code.ts'

const part = (name: string) => find(document, `[data-${name}]`, HTMLElement)

export function showResult(done: ChangeResult): void {
  const secret = done.link ?? done.credential
  if (secret === undefined) {
    announce('Done.')
    return
  }
  const words = wordsFor(done)
  part('result-title').textContent = words.title
  part('result-text').textContent = words.text
  part('secret').textContent = secret
  part('result-until').textContent = words.until
  part('qr').hidden = done.link === undefined
  part('qr').replaceChildren(...(done.link === undefined ? [] : [qrCode(done.link, 'The link as a QR code')]))
  part('result').hidden = false
  part('result-title').focus()
  part('copy').onclick = () => void copy(secret)
}

const wordsFor = (done: ChangeResult) => {
  if (done.link !== undefined) return linkWords()
  return done.name === 'countersign.webhook.add' ? webhookWords(done) : credentialWords(done)
}

const webhookWords = ({ subject }: ChangeResult) => ({
  title: `${subject} receives events from now on`,
  text: 'The secret, for receivers that check v1 signatures. It is not stored here.',
  until: '',
})

const linkWords = () => ({
  title: 'The invitation is ready',
  text: 'Send this link to the invited person only: the first person to open it can enrol.',
  until: 'It works once and is not stored here: copy it before you leave this page.',
})

const credentialWords = ({ subject, expires_at }: ChangeResult) => ({
  title: `${subject} was added`,
  text: 'The agent’s credential. Store it where the agent runs; only a fingerprint is stored here.',
  until:
    expires_at === undefined
      ? ''
      : `It expires on ${new Date(expires_at * 1000).toLocaleDateString('en-GB', { dateStyle: 'long' })}.`,
})

async function copy(secret: string): Promise<void> {
  const copied = await navigator.clipboard.writeText(secret).then(
    () => true,
    () => false,
  )
  part('copy').textContent = copied ? 'Copied' : 'Select and copy'
  announce(copied ? 'Copied.' : 'Copying is not allowed here. Select the text and copy it.')
}
