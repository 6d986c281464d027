/** The containers pages are built from: cards, sections with a list, notices, back links and figures. */

import type { Child, PropsWithChildren } from 'hono/jsx'
import { Icon, type IconName } from './icons.tsx'
import { formatNumber } from './wording.ts'

/** A page of several requests has its cards one heading level deeper than a page of one. */
export type Level = 2 | 3

interface CardProps {
  readonly id: string
  readonly title: Child
  /** Beside the title. */
  readonly note?: Child
  readonly level?: Level
  readonly class?: string
}

/** A landmark at level 2. Repeated cards of one name (level 3) are none. */
export const Card = ({ id, title, note, level = 2, class: more, children }: PropsWithChildren<CardProps>) => (
  <section class={more ? `card ${more}` : 'card'} aria-labelledby={level === 2 ? id : undefined}>
    <header>
      {level === 2 ? <h2 id={id}>{title}</h2> : <h3 id={id}>{title}</h3>}
      {typeof note === 'string' ? <span class="muted">{note}</span> : note}
    </header>
    {children}
  </section>
)

interface SectionProps {
  readonly id: string
  readonly title: string
  readonly note?: string
  readonly class?: string
}

export const Section = ({ id, title, note, class: className, children }: PropsWithChildren<SectionProps>) => (
  <section class={className} aria-labelledby={id}>
    <h2 id={id} class="section">
      {title} {note ? <span class="muted">{note}</span> : null}
    </h2>
    {children}
  </section>
)

interface RowsProps {
  readonly rows: readonly Child[]
  /** Shown in place of an empty list. */
  readonly empty: Child
  /** Within a card, rather than one itself. */
  readonly inCard?: boolean
}

export const Rows = ({ rows, empty, inCard = false }: RowsProps) =>
  rows.length === 0 ? (
    <p class={inCard ? 'body muted' : 'card empty'}>{empty}</p>
  ) : (
    <ul class={inCard ? 'rows' : 'rows card'}>{rows}</ul>
  )

interface RowProps {
  readonly what: Child
  readonly by: Child
  readonly signs?: Child
  /** Shown in a monospaced font. */
  readonly mono?: boolean
}

export const Row = ({ what, by, signs, mono = false }: RowProps) => (
  <li class="row">
    <span class={mono ? 'what mono' : 'what'}>{what}</span>
    <span class="by">{by}</span>
    {signs ? <span class="signs">{signs}</span> : null}
  </li>
)

export const BackLink = ({ to, children }: PropsWithChildren<{ to: string }>) => (
  <a class="back" href={to}>
    {children}
  </a>
)

interface FigureProps {
  /** A dash where it is not known. */
  readonly value: number | string | undefined
  readonly noun: string
  readonly note?: string
}

export const Figure = ({ value, noun, note }: FigureProps) => (
  <div>
    <dt>
      {noun}
      {note ? <small>{note}</small> : null}
    </dt>
    <dd>{typeof value === 'number' ? formatNumber(value) : (value ?? '–')}</dd>
  </div>
)

/** Says that the page updates automatically; its script says when it cannot. */
export const LivePill = () => (
  <span class="pill live" data-live="">
    <span class="dot"></span>
    <span data-live-text="">Updates automatically</span>
  </span>
)

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
