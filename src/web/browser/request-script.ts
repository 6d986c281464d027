/** On the page of one request: uncovering, which is recorded, and the proposal to undo it. */
import { find, onClick, oneAtATime, renewContent, say } from './parts/dom.ts'
import { call } from './parts/fetch-json.ts'

const main = () => find(document, 'main', HTMLElement)

onClick('[data-uncover]', () =>
  oneAtATime(async () => {
    const reply = await call('POST', `/requests/${main().dataset['request']}/uncover`)
    if (!reply.ok) return say(main(), reply.message, 'bad')
    await renewContent()
    find(document, 'h1', HTMLElement).focus()
  }),
)

onClick('[data-undo]', (button) =>
  oneAtATime(async () => {
    const reply = await call<{ id: string }>('POST', `/requests/${main().dataset['request']}/undo`)
    if (reply.ok) return window.location.assign(`/requests/${reply.value.id}`)
    say(button.closest('section') ?? main(), reply.message, 'bad')
  }),
)
