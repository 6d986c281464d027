/** Uncovering on the page of one request: the call is recorded, then the page is shown again. */
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
