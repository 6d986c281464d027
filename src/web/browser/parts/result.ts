/** What a change brought: a link or a credential, shown once, to copy or to scan. */

import { announce, find } from './dom.ts'
import type { Administered } from './pending-change.ts'
import { qrCode } from './qr.ts'

const part = (name: string) => find(document, `[data-${name}]`, HTMLElement)

export function showResult(done: Administered): void {
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

const wordsFor = (done: Administered) => {
  if (done.link !== undefined) return linkWords()
  return done.name === 'countersign.webhook.add' ? webhookWords(done) : credentialWords(done)
}

const webhookWords = ({ subject }: Administered) => ({
  title: `${subject} is told from now on`,
  text: 'Its secret, for receivers that check v1 signatures. It is kept nowhere.',
  until: '',
})

const linkWords = () => ({
  title: 'The invitation is ready',
  text: 'Hand this link to them, and only to them: whoever opens it first can enrol.',
  until: 'It works once. It is not kept here: leaving the page loses it.',
})

const credentialWords = ({ subject, expires_at }: Administered) => ({
  title: `${subject} is added`,
  text: 'Its credential. Store it where the agent runs; only its fingerprint is kept here.',
  until:
    expires_at === undefined
      ? ''
      : `It holds until ${new Date(expires_at * 1000).toLocaleDateString('en-GB', { dateStyle: 'long' })}.`,
})

async function copy(secret: string): Promise<void> {
  const copied = await navigator.clipboard.writeText(secret).then(
    () => true,
    () => false,
  )
  part('copy').textContent = copied ? 'Copied' : 'Select and copy'
  announce(copied ? 'Copied.' : 'Copying is not allowed here. Select the text and copy it.')
}
