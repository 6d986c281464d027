/** Enrolling: reads the invitation from the URL fragment, shows its terms, creates the first passkey. */
import { find, oneAtATime, say } from './parts/dom.ts'
import { call } from './parts/fetch-json.ts'
import { type CreationOptions, makePasskey } from './parts/passkey-gesture.ts'

interface Invitation {
  readonly bootstrap: boolean
  readonly name: string | null
  readonly roles: readonly string[]
  readonly registered: { readonly agents: readonly string[]; readonly executors: readonly string[] }
}

const part = (name: string) => find(document, `[data-${name}]`, HTMLElement)
const secret = location.hash.slice(1)
const form = find(document, '[data-enrol]', HTMLFormElement)
const nameInput = find(form, '#name', HTMLInputElement)

function show(name: 'checking' | 'gone' | 'form'): void {
  for (const each of ['checking', 'gone', 'form']) part(each).hidden = each !== name
  if (name !== 'checking') find(part(name), 'h1', HTMLElement).focus()
}

async function check(): Promise<void> {
  if (!/^[A-Za-z0-9_-]{43}$/.test(secret)) return show('gone')
  const reply = await call<Invitation>('POST', '/enrolments/invitation', { body: { invitation: secret } })
  if (reply.ok) return offer(reply.value)
  if (reply.code !== 'not_found') part('gone-reason').textContent = reply.message
  show('gone')
}

function offer({ bootstrap, name, roles, registered }: Invitation): void {
  nameInput.value = name ?? ''
  // A person invited by name enrols under that name.
  nameInput.readOnly = name !== null
  part('as').textContent = `You are invited as ${roles.join(' and ')}.`
  part('bootstrap').hidden = !bootstrap
  if (bootstrap) {
    part('title').textContent = 'Set up the first admin'
    part('as').textContent = 'This link works once, and only while there is no admin.'
    part('registered').replaceChildren(...registeredLists(registered))
  }
  show('form')
}

/** The agents and executors that the operator registered without approval, before there was an admin. */
function registeredLists({ agents, executors }: Invitation['registered']): HTMLElement[] {
  return [['Agents already registered', agents] as const, ['Executors already registered', executors] as const].map(
    ([title, names]) => {
      const line = document.createElement('p')
      const heading = document.createElement('b')
      heading.textContent = `${title}: `
      line.append(heading, names.length > 0 ? names.join(', ') : 'none')
      return line
    },
  )
}

async function enrol(): Promise<string | undefined> {
  const name = nameInput.value.trim()
  const label = find(form, '#label', HTMLInputElement).value.trim()
  if (!name) return nameMissing()
  say(form, 'Waiting for your device…')
  const body = { invitation: secret, name, ...(label ? { label } : {}) }
  const options = await call<{ options: CreationOptions }>('POST', '/enrolments/options', { body })
  if (!options.ok) return options.message
  const gesture = await makePasskey(options.value.options)
  if (!gesture.ok) return gesture.message
  const reply = await call('POST', '/enrolments', { body: { invitation: secret, registration: gesture.value } })
  if (!reply.ok) return reply.message
  location.replace('/')
  return undefined
}

function nameMissing(): string {
  nameInput.setAttribute('aria-invalid', 'true')
  nameInput.focus()
  return 'Enter your name.'
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  void oneAtATime(async () => {
    const failure = await enrol()
    if (failure) say(form, failure, 'bad')
  })
})
window.addEventListener('hashchange', () => location.reload())
void check()
