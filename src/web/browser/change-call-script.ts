/** The form that changes a call: reads the fields into the arguments of the call, and shows the changed call. SPEC 5.2. */
import type { JsonValue } from '@countersign/verifier'
import { oneAtATime, onSubmit, say } from './parts/dom.ts'
import { call } from './parts/fetch-json.ts'

type Members = Record<string, JsonValue>

function readField({ value, dataset }: HTMLTextAreaElement): JsonValue | undefined {
  if (dataset['kind'] === 'json') return JSON.parse(value)
  return dataset['kind'] === 'absent' && value === '' ? undefined : value
}

/** Sets the value where the steps lead; each but the last leads to an object or a list that is there. */
function put(into: Members, [step = '', ...further]: readonly string[], value: JsonValue): void {
  const inner = Object.getOwnPropertyDescriptor(into, step)?.value
  if (further.length > 0) put(inner, further, value)
  else Object.defineProperty(into, step, { value, enumerable: true, configurable: true, writable: true })
}

/** The arguments, or the field that cannot be read. */
function readArguments(form: HTMLFormElement): Members | HTMLTextAreaElement {
  const args: Members = JSON.parse(form.dataset['arguments'] ?? '{}')
  for (const field of form.querySelectorAll('textarea')) {
    // Left as it was: the browser writes line ends of its own into a field.
    if (field.value === field.defaultValue) continue
    try {
      const value = readField(field)
      if (value !== undefined) put(args, JSON.parse(field.dataset['steps'] ?? '[]'), value)
    } catch {
      return field
    }
  }
  return args
}

async function show(form: HTMLFormElement): Promise<void> {
  const args = readArguments(form)
  if (args instanceof HTMLTextAreaElement) {
    args.focus()
    return say(form, 'This is not JSON. Write a number, true or false, or a text in quotation marks.', 'bad')
  }
  say(form, 'Asking the policy…')
  const id = form.dataset['changeCall'] ?? ''
  const reply = await call('POST', `/approvals/${id}/revision`, { body: { arguments: args } })
  if (!reply.ok) return say(form, reply.message, 'bad')
  location.assign(`/approve/${id}/changed`)
}

onSubmit('[data-change-call]', (form) => oneAtATime(() => show(form)))
