/** The form of a grant for calls like one that waits: its bounds are proposed, then both requests are shown. SPEC 4.6. */
import { find, oneAtATime, onSubmit, say } from './parts/dom.ts'
import { call } from './parts/fetch-json.ts'

const partsOf = (bound: Element) => ({
  kind: find(bound, '[data-kind]', HTMLSelectElement),
  limit: find(bound, '[data-limit]', HTMLTextAreaElement),
})

/** A limit is proposed from the request's own value. */
document.addEventListener('change', ({ target }) => {
  const bound = target instanceof HTMLSelectElement ? target.closest('[data-bound]') : null
  if (!bound) return
  const { kind, limit } = partsOf(bound)
  limit.disabled = kind.value === 'fixed'
  limit.value = (kind.value === 'prefix' ? limit.dataset['folder'] : limit.dataset['given']) ?? ''
  limit.rows = kind.value === 'oneOf' ? 4 : 1
})

function constraintOf(bound: Element): Readonly<Record<string, unknown>> | undefined {
  const { kind, limit } = partsOf(bound)
  switch (kind.value) {
    case 'max':
    case 'sum':
      return { [kind.value]: Number(limit.value) }
    case 'oneOf':
      return { oneOf: limit.value.split('\n').filter((line) => line !== '') }
    case 'prefix':
      return { prefix: limit.value }
    default:
      return undefined
  }
}

/** Pairs, since an argument may have any name. */
const constraintsIn = (form: HTMLFormElement) =>
  Object.fromEntries(
    [...form.querySelectorAll<HTMLElement>('[data-bound]')].flatMap((bound) => {
      const constraint = constraintOf(bound)
      return constraint ? [[bound.dataset['bound'] ?? '', constraint]] : []
    }),
  )

async function propose(form: HTMLFormElement): Promise<void> {
  const data = new FormData(form)
  const body = {
    uses: Number(data.get('uses')),
    expires_in: Number(data.get('minutes')) * 60,
    arguments: constraintsIn(form),
  }
  say(form, 'Asking the policy…')
  const id = form.dataset['grant'] ?? ''
  const reply = await call<{ readonly id: string }>('POST', `/approvals/${id}/grant`, { body })
  if (!reply.ok) return say(form, reply.message, 'bad')
  location.assign(`/approve?${new URLSearchParams([id, reply.value.id].map((one) => ['request', one]))}`)
}

onSubmit('[data-grant]', (form) => oneAtATime(() => propose(form)))
