/** Access to pages: views run only for people who may see them; a refusal becomes a page, never a stack trace. */
import type { Context, Handler } from 'hono'
import { html } from 'hono/html'
import type { JSX } from 'hono/jsx/jsx-runtime'
import { keptDocument } from '../../api/kept-document.ts'
import type { Services } from '../../authority/compose.ts'
import type { SignedIn } from '../../domain/identity/parties.ts'
import { StoreUnavailable } from '../../domain/refusal.ts'
import { othersTurn } from '../../domain/turns.ts'
import { acceptsGzip, type Gzip, gzipLong, gzipShort } from './gzip.ts'
import { namesOf } from './names.ts'
import type { Frame, News } from './page.tsx'
import { FORBIDDEN, NO_PAGE, NOT_FOUND, type Problem, ProblemPage, UNEXPECTED, UNREACHABLE } from './problem-page.tsx'

/** The person a request's session cookie belongs to, if any. */
export type CurrentApprover = (request: Request) => Promise<SignedIn | undefined>

export type PersonalFrame = Frame & { readonly person: SignedIn; readonly news: Promise<News> }
export type Role = SignedIn['roles'][number]
/** Another page, which serves this person better. */
export interface Detour {
  readonly goTo: string
}

export type View = JSX.Element | Problem | Detour
export type Show = (frame: PersonalFrame, c: Context) => Promise<View>

export interface PageAccess {
  /** For everyone. */
  readonly open: (show: (frame: Frame, c: Context) => Promise<View> | View) => Handler
  /** For everyone, and without news: to strangers from memory, with an ETag. */
  readonly document: (show: (frame: Frame) => Promise<JSX.Element>) => Handler
  /** For people who are signed in; others sign in first and come back. */
  readonly signedIn: (show: Show) => Handler
  /** For people who have one of the roles. */
  readonly withRole: (roles: readonly Role[], show: Show) => Handler
  readonly notFound: (c: Context) => Promise<Response>
  /** For an address that takes other methods alone. */
  readonly noPage: (c: Context) => Promise<Response>
  readonly failed: (error: Error, c: Context) => Promise<Response>
}

export interface AccessOptions {
  readonly now: () => number
  /** Pages go out compressed to those who take them so. Not on Workers, which compress what they send themselves. */
  readonly gzip?: Gzip | undefined
}

export function createPageAccess(
  services: Services,
  currentApprover: CurrentApprover,
  { now, gzip }: AccessOptions,
): PageAccess {
  const send = (c: Context, frame: Frame, view: View) =>
    answer(c, { frame, view, gzip: acceptsGzip(c) ? gzip : undefined })
  const strangerFrame = (): Frame => ({ product: services.config.name, now: now() })
  const newsFor = async (person: SignedIn): Promise<News> => {
    const [activeSwitches, brokenGlass, grants] = await Promise.all([
      services.stop.active(),
      services.people.breakGlass(),
      services.requests.grantsGivenBy(person.id),
    ])
    const namesSomebody =
      person.standsFor.length > 0 ||
      brokenGlass.some(({ letIn }) => letIn !== null) ||
      activeSwitches.some(({ selector }) => selector.principal !== undefined)
    const nameOf = namesSomebody ? await namesOf(services) : (id: string) => id
    return { activeSwitches, nameOf, grants, brokenGlass, findings: services.findings() }
  }
  const frameOf = (person: SignedIn): PersonalFrame => {
    const news = newsFor(person)
    // A view that fails first leaves nobody to await it.
    news.catch(() => {})
    return { ...strangerFrame(), person, news }
  }
  const frameFor = async (c: Context): Promise<Frame> => {
    const person = await currentApprover(c.req.raw)
    return person ? frameOf(person) : strangerFrame()
  }

  const signedIn: PageAccess['signedIn'] = (show) => async (c) => {
    const person = await currentApprover(c.req.raw)
    if (!person) return c.redirect(`/sign-in?to=${encodeURIComponent(pathOf(c))}`, 303)
    const frame = frameOf(person)
    return send(c, frame, await show(frame, c))
  }

  return {
    signedIn,
    document(show) {
      const toStrangers = keptDocument(async () => pageText(await show(strangerFrame())))
      return async (c) => {
        const person = await currentApprover(c.req.raw)
        if (!person) return toStrangers(c.req.raw, KEPT)
        const frame = frameOf(person)
        return send(c, frame, await show(frame))
      }
    },
    withRole: (roles, show) => signedIn(async (frame, c) => (hasRole(frame, roles) ? show(frame, c) : FORBIDDEN)),
    open: (show) => async (c) => {
      const frame = await frameFor(c)
      return send(c, frame, await show(frame, c))
    },
    notFound: async (c) => send(c, await frameFor(c), NOT_FOUND),
    noPage: async (c) => send(c, await frameFor(c), NO_PAGE),
    failed: async (error, c) => {
      services.log.error('page.failed', { error: error.name, message: error.message })
      return send(c, strangerFrame(), error instanceof StoreUnavailable ? UNREACHABLE : UNEXPECTED)
    },
  }
}

export const hasRole = ({ person }: PersonalFrame, roles: readonly Role[]): boolean =>
  roles.some((role) => person.roles.includes(role))

export const wantsHtml = (c: Context): boolean => c.req.header('Accept')?.includes('text/html') ?? false

/** For a path that a page shares with a JSON endpoint: other callers get the next handler. */
export const forBrowsers =
  (page: Handler): Handler =>
  (c, next) =>
    wantsHtml(c) ? page(c, next) : next()

/** Path and query; `returnPath` checks it when it comes back. */
function pathOf(c: Context): string {
  const { pathname, search } = new URL(c.req.url)
  return pathname + search
}

/** A reader who signs in gets another page. */
const KEPT = { 'content-type': 'text/html; charset=UTF-8', 'cache-control': 'private, no-cache', vary: 'Cookie' }

const pageText = async (view: JSX.Element): Promise<string> => String(await html`<!doctype html>${view}`)

interface Answer {
  readonly frame: Frame
  readonly view: View
  readonly gzip: Gzip | undefined
}

async function answer(c: Context, { frame, view, gzip }: Answer): Promise<Response> {
  if ('goTo' in view) return c.redirect(view.goTo, 303)
  if (!isProblem(view)) return sendHtml(c, await pageText(view), gzip)
  return c.html(html`<!doctype html>${<ProblemPage frame={frame} problem={view} />}`, view.status)
}

const SLICE_LENGTH = 65_536

const HTML = { 'content-type': 'text/html; charset=UTF-8' }

const HTML_IN_GZIP = { ...HTML, vary: 'Accept-Encoding', 'content-encoding': 'gzip' }

function sendHtml(c: Context, page: string, gzip: Gzip | undefined): Response {
  const isShort = page.length <= SLICE_LENGTH
  if (gzip === undefined) return isShort ? c.html(page) : c.body(inSlices(page), 200, HTML)
  const body = isShort ? gzipShort(new TextEncoder().encode(page), gzip) : gzipLong(inSlices(page))
  return c.body(body, 200, HTML_IN_GZIP)
}

/** A long page is encoded as its reader takes it: each slice has a turn of the event loop to itself. */
function inSlices(page: string): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder()
  let from = 0
  return new ReadableStream({
    async pull(controller) {
      await othersTurn()
      // Both halves of a surrogate pair are encoded together.
      const to = from + SLICE_LENGTH + (/[\ud800-\udbff]/.test(page.charAt(from + SLICE_LENGTH - 1)) ? 1 : 0)
      controller.enqueue(encoder.encode(page.slice(from, to)))
      from = to
      if (from >= page.length) controller.close()
    },
  })
}

const isProblem = (view: JSX.Element | Problem): view is Problem => 'detail' in view
