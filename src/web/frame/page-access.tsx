/**
 * Who may see a page, and what they get instead: the one place where pages meet sessions and refusals.
 *
 * In: the services and how to tell who is signed in. Out: ways to turn a view into a route handler.
 * Shows are asked only for people who are signed in; what they refuse becomes a page, never a stack.
 */
import type { Context, Handler } from 'hono'
import { html } from 'hono/html'
import type { JSX } from 'hono/jsx/jsx-runtime'
import type { Services } from '../../authority/compose.ts'
import type { Approver } from '../../domain/identity/parties.ts'
import { StoreUnavailable } from '../../domain/refusal.ts'
import type { Frame } from './page.tsx'
import { FORBIDDEN, NOT_FOUND, ProblemPage, type Trouble, UNEXPECTED, UNREACHABLE } from './problem-page.tsx'

/** Who a request's session cookie belongs to; undefined where it belongs to nobody. */
export type CurrentApprover = (request: Request) => Promise<Approver | undefined>

export type PersonalFrame = Frame & { readonly person: Approver }
export type View = JSX.Element | Trouble
export type Show = (frame: PersonalFrame, c: Context) => Promise<View>

export interface Door {
  /** For people who are signed in; others are sent to sign in, and come back. */
  readonly signedIn: (show: Show) => Handler
  readonly adminOnly: (show: Show) => Handler
  /** For everyone. */
  readonly open: (show: (frame: Frame, c: Context) => Promise<View> | View) => Handler
  readonly notFound: (c: Context) => Promise<Response>
  readonly failed: (error: Error, c: Context) => Promise<Response>
}

export function createDoor(services: Services, currentApprover: CurrentApprover, now: () => number): Door {
  const strangerFrame = (): Frame => ({ product: services.config.name, now: now() })
  const frameOf = async (person: Approver): Promise<PersonalFrame> => ({
    ...strangerFrame(),
    person,
    standing: await services.stop.active(),
  })
  const frameFor = (person: Approver | undefined) => (person ? frameOf(person) : strangerFrame())

  const signedIn =
    (show: Show): Handler =>
    async (c) => {
      const person = await currentApprover(c.req.raw)
      if (!person) return c.redirect(`/sign-in?to=${encodeURIComponent(wayBack(c))}`, 303)
      const frame = await frameOf(person)
      return send(c, frame, await show(frame, c))
    }

  const open: Door['open'] = (show) => async (c) => {
    const frame = await frameFor(await currentApprover(c.req.raw))
    return send(c, frame, await show(frame, c))
  }

  return {
    signedIn,
    adminOnly: (show) =>
      signedIn(async (frame, c) => (frame.person.roles.includes('admin') ? show(frame, c) : FORBIDDEN)),
    open,
    notFound: async (c) => send(c, await frameFor(await currentApprover(c.req.raw)), NOT_FOUND),
    failed: async (error, c) => {
      const away = error instanceof StoreUnavailable
      services.log.error('page.failed', { error: error.name, message: error.message })
      return send(c, strangerFrame(), away ? UNREACHABLE : UNEXPECTED)
    },
  }
}

/** With what was looked for; `returnPath` judges it when it comes back. */
function wayBack(c: Context): string {
  const { pathname, search } = new URL(c.req.url)
  return pathname + search
}

async function send(c: Context, frame: Frame, view: View): Promise<Response> {
  if (!isTrouble(view)) return c.html(html`<!doctype html>${view}`)
  return c.html(html`<!doctype html>${<ProblemPage frame={frame} trouble={view} />}`, view.status)
}

const isTrouble = (view: View): view is Trouble => 'detail' in view
