/**
 * The calls of SCIM on people and groups: list, read, create, replace, patch and delete. A directory sees what it named
 * itself, and nothing else. SPEC 10.10; RFC 7644, 3.
 */
import type { JsonObject } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { type Directory, displayKey, type Provisioned } from '../../domain/identity/directories.ts'
import { explainIssue, ok, type Result, refuse, type ScimType } from '../../domain/refusal.ts'
import { keptOf, type ResourceType } from '../../domain/scim/attributes.ts'
import { turnOf, unlessFault } from '../../domain/scim/bounds.ts'
import { matches } from '../../domain/scim/match.ts'
import { type Filter, FilterFault, parseFilter } from '../../domain/scim/parse-filter.ts'
import { applyPatch, type Operation } from '../../domain/scim/patch.ts'
import { listView, type Projection, projected, resourceView, versionOf } from '../../domain/scim/views.ts'
import { othersTurn } from '../../domain/turns.ts'
import type { Change, ProvisioningNeeds } from './change.ts'
import { ownMembers } from './memberships.ts'
import { writeResource } from './write-resource.ts'

/** A resource as SCIM shows it, and its version. */
export interface ShownResource {
  readonly view: JsonObject
  readonly version: string
}

export interface ListQuery extends Projection {
  readonly filter: string | null
  readonly startIndex: number
  readonly count: number
}

const MAX_PAGE = 200

const bad = (scimType: ScimType, message: string) => refuse('invalid_request', message, { status: 400, scimType })

const nothingThere = () => refuse('not_found', 'This directory has named nothing under this id.')

/** Refuses: `invalid_request` for a filter that cannot be read. */
export async function listResources(
  deps: ProvisioningNeeds,
  directory: Directory,
  type: ResourceType,
  query: ListQuery,
): Promise<Result<JsonObject>> {
  const filter = query.filter === null ? ok(null) : readFilter(type, query.filter)
  if (!filter.ok) return filter
  const rows = await deps.store.provisioned({
    directory: directory.name,
    kind: type.kind,
    ...leadsIn(type, filter.value),
  })
  const matching = filter.value === null ? ok(rows) : await matchingOf(deps, directory, type, rows, filter.value)
  if (!matching.ok) return matching
  const found = matching.value
  const startIndex = Math.max(1, query.startIndex)
  const count = Math.min(MAX_PAGE, Math.max(0, query.count))
  const page = found.slice(startIndex - 1, startIndex - 1 + count)
  const shown = await Promise.all(page.map((row) => show(deps, directory, type, row)))
  return ok(
    listView(
      shown.map((view) => projected(view, query)),
      found.length,
      startIndex,
    ),
  )
}

async function matchingOf(
  deps: ProvisioningNeeds,
  directory: Directory,
  type: ResourceType,
  rows: readonly Provisioned[],
  filter: Filter,
): Promise<Result<readonly Provisioned[]>> {
  const turn = unlessFault(() => turnOf(filter, rows.length, type))
  if (!turn.ok) return turn
  const needsMembers = type.kind === 'group' && namesIn(filter).includes('members')
  const found: Provisioned[] = []
  for (let start = 0; start < rows.length; start += turn.value) {
    if (start > 0) await othersTurn()
    const part = rows.slice(start, start + turn.value)
    const views = needsMembers
      ? await Promise.all(part.map((row) => show(deps, directory, type, row)))
      : part.map((row) => viewOf(deps, type, row, row.attributes))
    found.push(...part.filter((_, at) => matches(views[at] ?? null, filter)))
  }
  return ok(found)
}

function readFilter({ kept }: ResourceType, text: string): Result<Filter> {
  try {
    const filter = parseFilter(text)
    const strange = namesIn(filter).find((name) => !kept.has(name) && !COMMON.has(name))
    return strange === undefined ? ok(filter) : bad('invalidFilter', `filter: there is no attribute ${strange}.`)
  } catch (error) {
    if (error instanceof FilterFault) return bad('invalidFilter', `filter: ${error.message}.`)
    throw error
  }
}

const COMMON: ReadonlySet<string> = new Set(['id', 'meta', 'schemas'])

/** The attributes that a filter asks. */
function namesIn(filter: Filter): readonly string[] {
  if ('filters' in filter) return filter.filters.flatMap(namesIn)
  return 'path' in filter ? [filter.path[0] ?? ''] : namesIn(filter.filter)
}

/** The parts of a filter that an index answers: equality that the whole of it needs. */
function leadsIn({ kind }: ResourceType, filter: Filter | null) {
  const needed = filter?.op === 'and' ? filter.filters : filter === null ? [] : [filter]
  const equalTo = (name: string): string | null => {
    const one = needed.find((part) => part.op === 'eq' && part.path.length === 1 && part.path[0] === name)
    return one?.op === 'eq' && typeof one.value === 'string' ? one.value : null
  }
  const name = equalTo(kind === 'user' ? 'username' : 'displayname')
  return { id: equalTo('id'), key: name === null ? null : displayKey(name), externalId: equalTo('externalid') }
}

const viewOf = ({ config }: ProvisioningNeeds, type: ResourceType, row: Provisioned, attributes: JsonObject) =>
  resourceView(config.origin, type, row, attributes)

/** With the members of a group, as they are now. */
async function show(deps: ProvisioningNeeds, directory: Directory, type: ResourceType, row: Provisioned) {
  return viewOf(deps, type, row, await attributesOf(deps, directory, type, row))
}

async function attributesOf(
  deps: ProvisioningNeeds,
  directory: Directory,
  type: ResourceType,
  row: Provisioned,
): Promise<JsonObject> {
  if (type.kind === 'user') return row.attributes
  const members = await ownMembers(deps, directory, row)
  return { ...row.attributes, members: members.map((value) => ({ value })) }
}

async function rowOf(
  { store }: ProvisioningNeeds,
  directory: Directory,
  { kind }: ResourceType,
  id: string,
): Promise<Provisioned | undefined> {
  if (!/^[A-Za-z0-9_-]{22}$/.test(id)) return undefined
  const [row] = await store.provisioned({ directory: directory.name, kind, id, key: null, externalId: null })
  return row
}

/** Refuses: `not_found`. */
export async function readResource(
  deps: ProvisioningNeeds,
  directory: Directory,
  type: ResourceType,
  id: string,
): Promise<Result<ShownResource>> {
  const row = await rowOf(deps, directory, type, id)
  if (!row) return nothingThere()
  return ok({ view: await show(deps, directory, type, row), version: versionOf(row) })
}

/** Refuses: `invalid_request`, `forbidden` for a group that nobody gave it. */
export async function createResource(
  deps: ProvisioningNeeds,
  directory: Directory,
  type: ResourceType,
  body: unknown,
): Promise<Result<ShownResource>> {
  const attributes = readAttributes(type, body)
  if (!attributes.ok) return attributes
  return written(deps, directory, { type, before: null, attributes: attributes.value })
}

/** Gives a resource’s new attributes from those that it has; null deletes it. */
type Edit = (attributes: JsonObject) => Result<JsonObject | null>

const TRIES = 3

/** The edit is repeated where somebody else was faster. `version`: of `If-Match`, null without. */
async function edit(
  deps: ProvisioningNeeds,
  directory: Directory,
  { type, id, version }: { readonly type: ResourceType; readonly id: string; readonly version: string | null },
  change: Edit,
): Promise<Result<ShownResource>> {
  for (let tries = 1; ; tries++) {
    const before = await rowOf(deps, directory, type, id)
    if (!before) return nothingThere()
    if (version !== null && version !== '*' && version !== versionOf(before)) return outdated()
    const attributes = change(await attributesOf(deps, directory, type, before))
    if (!attributes.ok) return attributes
    const result = await written(deps, directory, { type, before, attributes: attributes.value })
    if (result.ok || !isStale(result.refusal) || tries === TRIES) return result
  }
}

const isStale = ({ status, scimType }: { readonly status?: number; readonly scimType?: ScimType }): boolean =>
  status === 409 && scimType === undefined

const outdated = () =>
  refuse('invalid_request', 'This is another version than the one in If-Match. Read it again.', { status: 412 })

export interface EditedResource {
  readonly type: ResourceType
  readonly id: string
  readonly version: string | null
}

/** Refuses as the others, and `not_found`. */
export async function replaceResource(
  deps: ProvisioningNeeds,
  directory: Directory,
  edited: EditedResource,
  body: unknown,
): Promise<Result<ShownResource>> {
  const attributes = readAttributes(edited.type, body)
  return attributes.ok ? edit(deps, directory, edited, () => attributes) : attributes
}

export async function patchResource(
  deps: ProvisioningNeeds,
  directory: Directory,
  edited: EditedResource,
  operations: readonly Operation[],
): Promise<Result<ShownResource>> {
  return edit(deps, directory, edited, (before) => patched(edited.type, before, operations))
}

export const deleteResource = (deps: ProvisioningNeeds, directory: Directory, edited: EditedResource) =>
  edit(deps, directory, edited, () => ok(null))

function patched(type: ResourceType, before: JsonObject, operations: readonly Operation[]): Result<JsonObject> {
  const after = unlessFault(() => applyPatch(type, before, operations))
  return after.ok ? validAttributes(type, after.value) : after
}

function readAttributes(type: ResourceType, body: unknown): Result<JsonObject> {
  if (!isJsonObject(body)) return bad('invalidSyntax', 'The body is no object.')
  const read = keptOf(type, body)
  if ('unknown' in read) return bad('invalidSyntax', `There is no attribute ${read.unknown.slice(0, 100)}.`)
  return validAttributes(type, read.kept)
}

function validAttributes({ shape }: ResourceType, attributes: JsonObject): Result<JsonObject> {
  const parsed = shape.safeParse(attributes)
  return parsed.success ? ok(parsed.data) : bad('invalidValue', explainIssue(parsed.error.issues[0], 'body'))
}

async function written(deps: ProvisioningNeeds, directory: Directory, change: Change): Promise<Result<ShownResource>> {
  const result = await writeResource(deps, directory, change)
  if (!result.ok) return result
  const row = result.value
  return ok({ view: await show(deps, directory, change.type, row), version: versionOf(row) })
}
