/** The approval page: sends the answer, and follows changes to the request made elsewhere. */
import { nextInboxChange } from './inbox/inbox-events.ts'
import { find, pause, say } from './parts/dom.ts'
import { LiveApproval } from './parts/live-approval.ts'
import { watchEnd } from './parts/more-below.ts'

const main = find(document, 'main[data-approval]', HTMLElement)
const replace = (fresh: HTMLElement, current: HTMLElement): HTMLElement => {
  current.replaceWith(fresh)
  return fresh
}
/** Aborted when the answer was given here, to start polling for the outcome. */
let waiting = new AbortController()
const approval = new LiveApproval(main, replace, () => waiting.abort())
const content = () => find(document, 'main[data-approval]', HTMLElement)

/** An open request changes with the inbox; an approved one is polled for its outcome, often at first. */
async function follow(): Promise<void> {
  let version = ''
  let offline = false
  let polls = 0
  for (;;) {
    await untilVisible()
    waiting = new AbortController()
    if (content().dataset['state'] === 'pending') {
      const change = await nextInboxChange(version, waiting.signal)
      if (change.kind === 'changed') version = change.version
      if (change.kind === 'signed-out') return location.reload()
      offline = reportConnection(change.kind === 'unreachable', offline)
      if (offline) await pause(3000)
    } else {
      await pause(polls++ < 60 ? 2000 : 15_000)
    }
    if (!offline) await approval.refresh()
  }
}

/** A hidden tab holds no connection, and catches up when it becomes visible. */
function untilVisible(): Promise<void> {
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

function reportConnection(away: boolean, wasAway: boolean): boolean {
  const open = content().querySelector('[data-answers]') !== null
  if (open && away && !wasAway)
    say(content(), 'No connection to the server. You cannot answer until it returns.', 'bad')
  if (open && !away && wasAway) say(content(), 'Connected again.')
  return away
}

watchEnd()
void follow()
