/**
 * Names and values of a call: the catalogue's label beside the exact name, the type beside a value, blanks as what they
 * are. A long value scrolls in its own box, which states its full length.
 */

import type { JsonObject, JsonValue } from '@countersign/verifier'
import type { JSX } from 'hono/jsx/jsx-runtime'
import type { Scalar } from '../../domain/action/bounds-words.ts'
import { inOrder, type ReadArgument } from '../../domain/action/read-arguments.ts'
import { sameLooking } from '../../domain/action/same-looking.ts'
import type { CatalogueEntry } from '../../domain/identity/parties.ts'
import { lengthOf, UntrustedText } from '../parts/untrusted-text.tsx'
import { count } from '../parts/wording.ts'

/** How one call is read. */
export interface Reading {
  readonly membersOf: (object: JsonObject, path: string) => readonly ReadArgument[]
  readonly nameOf: (name: string, path: string, twins?: ReadonlySet<string>) => JSX.Element
}

export function readingOf(entry: CatalogueEntry, given: JsonObject): Reading {
  const listed = entry.arguments ?? []
  const labels = new Map(listed.flatMap(({ name, label }) => (label === undefined ? [] : [[name, label] as const])))
  const described = [...listed.flatMap(({ name }) => [name, name.split('.')[0] ?? '']), ...schemaNames(entry)]
  const top = new Set(described)
  const isUnlisted = (path: string) => listed.length > 0 && Object.hasOwn(given, path) && !top.has(path)
  const twins = sameLooking(Object.keys(given))
  return {
    membersOf: (object, path) => inOrder(entry, object, path),
    nameOf: (name, path, among = twins) => (
      <Name name={name} label={labels.get(path)} isTwin={among.has(name)} isUnlisted={isUnlisted(path)} />
    ),
  }
}

/** The arguments that the published schema describes. */
const schemaNames = ({ schema }: CatalogueEntry): readonly string[] => {
  const properties = schema?.['properties']
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : []
}

interface NameProps {
  readonly name: string
  readonly label: string | undefined
  readonly isTwin: boolean
  readonly isUnlisted: boolean
}

const Name = ({ name, label, isTwin, isUnlisted }: NameProps) => (
  <>
    {label === undefined ? null : (
      <b>
        <UntrustedText text={label} />{' '}
      </b>
    )}
    {label?.toLowerCase() === name ? null : (
      <span class={label === undefined ? undefined : 'exact-name'}>
        {name === '' ? <span class="type">empty name</span> : <UntrustedText text={name} whole />}
      </span>
    )}
    {isTwin ? <span class="pill warn">looks like another name</span> : null}
    {isUnlisted ? <span class="type block">not in the catalogue</span> : null}
  </>
)

interface MembersProps {
  readonly reading: Reading
  readonly members: readonly ReadArgument[]
  readonly path?: string
}

const within = (path: string, name: string | number): string => (path === '' ? `${name}` : `${path}.${name}`)

export const Members = ({ reading, members, path = '' }: MembersProps) => {
  if (members.length === 0) return null
  const twins = path === '' ? undefined : sameLooking(members.map(({ name }) => name))
  return (
    <dl class="facts">
      {members.map(({ name, value }) => (
        <>
          <dt>{reading.nameOf(name, within(path, name), twins)}</dt>
          <dd class="mono">
            <Value reading={reading} value={value} name={name} path={within(path, name)} />
          </dd>
        </>
      ))}
    </dl>
  )
}

/** Small, since there is little to read; none is left out. */
export const Empties = ({ reading, members }: MembersProps) =>
  members.length === 0 ? null : (
    <dl class="empties">
      {members.map(({ name, value }) => (
        <div>
          <dt>{reading.nameOf(name, name)}</dt>
          <dd>
            <Value reading={reading} value={value} name={name} path={name} />
          </dd>
        </div>
      ))}
    </dl>
  )

interface ValueProps {
  readonly reading: Reading
  readonly value: JsonValue
  readonly name: string
  readonly path: string
}

export const Value = ({ reading, value, name, path }: ValueProps) => {
  if (typeof value !== 'object' || value === null) return <Plain value={value} name={name} />
  if (isList(value)) return <List reading={reading} items={value} name={name} path={path} />
  const members = reading.membersOf(value, path)
  if (members.length === 0) return <span class="type">empty object</span>
  return (
    <div class="nested">
      <Members reading={reading} members={members} path={path} />
    </div>
  )
}

/** Text has no type beside it; every other value has, so that the text `42` and the number 42 differ. */
export const Plain = ({ value, name }: { value: Scalar; name: string }) => {
  if (typeof value === 'string') return <Text text={value} name={name} />
  if (value === null) return <Literal text="null" type="no value" />
  if (typeof value === 'number') return <Literal text={JSON.stringify(value)} type="number" />
  return <Literal text={String(value)} type="true or false" />
}

const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value)

const Literal = ({ text, type }: { text: string; type: string }) => (
  <>
    <span class="literal">{text}</span> <span class="type">({type})</span>
  </>
)

interface ListProps extends Omit<ValueProps, 'value'> {
  readonly items: readonly JsonValue[]
}

const List = ({ reading, items, name, path }: ListProps) =>
  items.length === 0 ? (
    <span class="type">empty list</span>
  ) : (
    <>
      <span class="type">{count(items.length, 'item')}</span>
      <ol class="list">
        {items.map((item, at) => (
          <li>
            <Value reading={reading} value={item} name={name} path={within(path, at)} />
          </li>
        ))}
      </ol>
    </>
  )

const LONG_CHARACTERS = 800
const LONG_LINES = 14

export const Text = ({ text, name }: { text: string; name: string }) => {
  const length = lengthOf(text)
  const lines = text.split('\n').length
  if (length === 0) return <span class="type">empty text</span>
  if (length <= LONG_CHARACTERS && lines <= LONG_LINES)
    return (
      <div class="text" dir="auto">
        <UntrustedText text={text} lines="kept" whole />
      </div>
    )
  const extent = `${count(length, 'character')} in ${count(lines, 'line')}`
  return (
    <div class="long">
      <p class="type">{extent}, shown in full: scroll to read it all</p>
      <figure class="text scroll" dir="auto" tabindex={0} aria-label={`${name}, ${extent}`}>
        <UntrustedText text={text} lines="kept" whole />
      </figure>
    </div>
  )
}
