/** The form that changes a call: reads the fields into the arguments of the call, and shows the changed call. SPEC 5.2. */
import type { JsonValue } from '@countersign/verifier'
import { oneAtATime, onSubmit, say } from './parts/dom.ts'
import { call } from './parts/fetch-json.ts'

type Members = Record<string, JsonValue>

type Field = HTMLTextAreaElement | HTMLInputElement | HTMLSelectElement

const READERS: Readonly<Record<string, (text: string) => JsonValue>> = {
  number: readNumber,
  choice: (text) => text === 'true',
  json: (text) => JSON.parse(text),
}

const DECIMAL = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i

/** Throws for anything but a number, and for one that would be rounded to another integer. */
function readNumber(written: string): number {
  const text = written.trim()
  const value = Number(text)
  const isRounded = /^[-+]?\d+$/.test(text) && !Number.isSafeInteger(value)
  if (!DECIMAL.test(text) || !Number.isFinite(value) || isRounded) throw new SyntaxError('not a number')
  return value
}

const FAULTS: Readonly<Record<string, string>> = {
  number: 'Write a number, such as 90 or 1.5.',
  json: 'This is not JSON. Write a list as ["a", "b"], an object as {"name": "value"}.',
}

/** Left as it was: the browser writes line ends of its own into a text. */
const isUntouched = (field: Field): boolean =>
  field instanceof HTMLSelectElement
    ? field.selectedOptions[0]?.defaultSelected === true
    : field.value === field.defaultValue

/** Sets the value where the steps lead; each but the last leads to an object or a list that is there. */
function put(into: Members, [step = '', ...further]: readonly string[], value: JsonValue): void {
  const inner = Object.getOwnPropertyDescriptor(into, step)?.value
  if (further.length > 0) put(inner, further, value)
  else Object.defineProperty(into, step, { value, enumerable: true, configurable: true, writable: true })
}

/** The arguments, or the field that cannot be read. */
function readArguments(form: HTMLFormElement): Members | Field {
  const args: Members = JSON.parse(form.dataset['arguments'] ?? '{}')
  for (const field of form.querySelectorAll<Field>('[data-kind]')) {
    field.removeAttribute('aria-invalid')
    if (isUntouched(field)) continue
    try {
      const read = READERS[field.dataset['kind'] ?? ''] ?? String
      put(args, JSON.parse(field.dataset['steps'] ?? '[]'), read(field.value))
    } catch {
      return field
    }
  }
  return args
}

async function show(form: HTMLFormElement): Promise<void> {
  const args = readArguments(form)
  if (args instanceof HTMLElement) {
    args.setAttribute('aria-invalid', 'true')
    args.focus()
    return say(form, FAULTS[args.dataset['kind'] ?? ''] ?? 'This cannot be read.', 'bad')
  }
  say(form, 'Asking the policy…')
  const id = form.dataset['changeCall'] ?? ''
  const reply = await call('POST', `/approvals/${id}/revision`, { body: { arguments: args } })
  if (!reply.ok) return say(form, reply.message, 'bad')
  location.assign(`/approve/${id}/changed`)
}

onSubmit('[data-change-call]', (form) => oneAtATime(() => show(form)))
