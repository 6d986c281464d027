/** The heading of a card: below the page's own, or below that of one request among several. */
import type { Child } from 'hono/jsx'

export type Level = 2 | 3

/** A card of the page's one request is a landmark; of several requests that would be many of one name. */
export const landmark = (level: Level, id: string): string | undefined => (level === 2 ? id : undefined)

interface CardTitleProps {
  readonly level: Level
  readonly id: string
  readonly children?: Child
}

export const CardTitle = ({ level, id, children }: CardTitleProps) =>
  level === 2 ? <h2 id={id}>{children}</h2> : <h3 id={id}>{children}</h3>
