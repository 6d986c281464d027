/** A note with an icon, and the status line that a page's script writes to. */
import type { PropsWithChildren } from 'hono/jsx'
import { Icon, type IconName } from './icons.tsx'

interface NoticeProps {
  readonly tone: 'danger' | 'warn' | 'plain'
  readonly icon: IconName
}

export const Notice = ({ tone, icon, children }: PropsWithChildren<NoticeProps>) => (
  <div class={`note ${tone}`}>
    <Icon name={icon} />
    <div>{children}</div>
  </div>
)

/** Progress and errors of what a person does on the page; empty until then. */
export const StatusLine = ({ inline = false }: { inline?: boolean }) => {
  const attributes = { class: 'status', role: 'status', 'aria-live': 'polite', 'data-status': '' } as const
  return inline ? <span {...attributes}></span> : <p {...attributes}></p>
}
