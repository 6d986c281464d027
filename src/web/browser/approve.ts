/** The approval page: answers, and keeps up with what happens to the request elsewhere. */

import { find, pause, say } from './parts/dom.ts'
import { nextInboxChange } from './parts/inbox-version.ts'
import { LiveApproval } from './parts/live-approval.ts'

const main = find(document, 'main[data-approval]', HTMLElement)
const replace = (fresh: HTMLElement, current: HTMLElement): HTMLElement => {
  current.replaceWith(fresh)
  return fresh
}
/** Ends the wait for the inbox when the answer was given here: what follows is then looked at often. */
let waiting = new AbortController()
const approval = new LiveApproval(main, replace, () => waiting.abort())
const content = () => find(document, 'main[data-approval]', HTMLElement)

/** Open requests change with the inbox; an approved one is looked at often at first, for its outcome. */
async function follow(): Promise<void> {
  let version = ''
  let offline = false
  let looks = 0
  for (;;) {
    await inSight()
    waiting = new AbortController()
    if (content().dataset['state'] === 'pending') {
      const change = await nextInboxChange(version, waiting.signal)
      if (change.kind === 'changed') version = change.version
      if (change.kind === 'signed-out') return location.reload()
      offline = tellConnection(change.kind === 'unreachable', offline)
      if (offline) await pause(3000)
    } else {
      await pause(looks++ < 60 ? 2000 : 15_000)
    }
    if (!offline) await approval.refresh()
  }
}

/** A tab nobody looks at holds no connection; it catches up when it is looked at. */
function inSight(): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (document.hidden) return
      document.removeEventListener('visibilitychange', check)
      resolve()
    }
    document.addEventListener('visibilitychange', check)
    check()
  })
}

function tellConnection(away: boolean, wasAway: boolean): boolean {
  const open = content().querySelector('[data-answers]') !== null
  if (open && away && !wasAway)
    say(content(), 'No connection to the server. You cannot answer until it is back.', 'bad')
  if (open && !away && wasAway) say(content(), 'Connected again.')
  return away
}

void follow()
