/** The result of a change, or of an invitation: a credential or a link, shown once, to copy or to scan. */
import { encode } from 'uqr'
import { announce, find, say } from './dom.ts'
import type { ChangeResult } from './pending-change.ts'

const part = (name: string) => find(document, `[data-${name}]`, HTMLElement)

/** `title`: of the change, as it was proposed. */
export function showResult(title: string, done: ChangeResult): void {
  if (done.credential !== undefined) show(done.credential, wordsFor(done), [])
  else sayInSight(`${title}: done.`)
}

/** The form that was sent may be gone, or far below. */
function sayInSight(text: string): void {
  say(document, text)
  find(document, '[data-status]', HTMLElement).scrollIntoView({ block: 'center' })
}

export function showInvitation(name: string, link: string): void {
  const words = {
    title: 'The invitation is ready',
    text: `Send this link to ${name}. By itself it gives no access: once they have made a passkey, you see its code in your inbox and confirm it.`,
    until: 'It works once and is not stored here: copy it before you leave this page.',
  }
  show(link, words, [qrCode(link, 'The link as a QR code')])
}

interface Words {
  readonly title: string
  readonly text: string
  readonly until: string
}

function show(secret: string, words: Words, picture: readonly Element[]): void {
  part('result-title').textContent = words.title
  part('result-text').textContent = words.text
  part('secret').textContent = secret
  part('result-until').textContent = words.until
  part('qr').hidden = picture.length === 0
  part('qr').replaceChildren(...picture)
  part('result').hidden = false
  part('result-title').focus()
  part('copy').onclick = () => void copy(secret)
}

function wordsFor({ name, subject, expires_at }: ChangeResult): Words {
  if (name === 'countersign.webhook.add')
    return {
      title: `${subject} receives events from now on`,
      text: 'The secret, for receivers that check v1 signatures. It is not stored here.',
      until: '',
    }
  const until = expires_at && new Date(expires_at * 1000).toLocaleDateString('en-GB', { dateStyle: 'long' })
  return {
    title: `${subject} was added`,
    text:
      name === 'countersign.executor.add'
        ? 'The executor’s credential. Give it to its verifier; only a fingerprint is stored here.'
        : name === 'countersign.directory.add'
          ? 'The directory’s credential. Enter it there as the secret token; only a fingerprint is stored here.'
          : 'The agent’s credential. Store it where the agent runs; only a fingerprint is stored here.',
    until: until ? `It expires on ${until}.` : '',
  }
}

async function copy(secret: string): Promise<void> {
  const copied = await navigator.clipboard.writeText(secret).then(
    () => true,
    () => false,
  )
  part('copy').textContent = copied ? 'Copied' : 'Select and copy'
  announce(copied ? 'Copied.' : 'Copying is not allowed here. Select the text and copy it.')
}

/** Drawn with DOM calls, not markup. */
const SVG = 'http://www.w3.org/2000/svg'

function qrCode(text: string, label: string): SVGElement {
  const { data, size } = encode(text, { border: 2 })
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', `0 0 ${size} ${size}`)
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', label)
  const path = document.createElementNS(SVG, 'path')
  const squares = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])))
  path.setAttribute('d', squares.join(''))
  svg.append(path)
  return svg
}
