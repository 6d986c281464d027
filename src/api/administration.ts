/**
 * Reads a change to the authority from the action that asks for it.
 *
 * In: an ActionSpec whose audience is the authority. Out: a `Change`, or `invalid_request`.
 * Defaults are applied to the change, never to the arguments: what was consented to stays what was sent.
 * SPEC 10.
 */
import type { ActionSpec } from '@countersign/verifier'
import type { z } from 'zod'
import type { Change } from '../domain/identity/change.ts'
import type { JsonWebKeyWithId } from '../domain/identity/parties.ts'
import { ok, type Result, refuse } from '../domain/refusal.ts'
import { explainIssue } from './explain-issue.ts'
import { AddWebhookArguments } from './notify-schemas.ts'
import * as s from './schemas.ts'
import { ReleaseArguments } from './stop-schemas.ts'

type Reader = (action: ActionSpec) => Result<{ readonly change: Change; readonly resource: string }>

/** The arguments hold to `schema`, and the resource names what they name. */
function reader<S extends z.ZodType>(
  schema: S,
  read: (args: z.output<S>) => { readonly change: Change; readonly resource: string },
): Reader {
  return (action) => {
    const parsed = schema.safeParse(action.arguments)
    if (parsed.success) return ok(read(parsed.data))
    return refuse('invalid_request', `arguments: ${explainIssue(parsed.error.issues[0], 'all of it')}`)
  }
}

const readers: Readonly<Record<string, Reader>> = {
  'countersign.agent.add': reader(s.AddAgentArguments, (args) => ({
    resource: `agent:${args.id}`,
    change: {
      kind: 'agent.add',
      id: args.id,
      principals: args.principals ?? [args.id],
      runBy: args.run_by ?? null,
      expiresInDays: args.expires_in_days,
    },
  })),
  'countersign.executor.add': reader(s.AddExecutorArguments, (args) => ({
    resource: `executor:${args.audience}`,
    change: {
      kind: 'executor.add',
      audience: args.audience,
      title: args.title,
      catalogue: args.catalogue,
      challengeKeys: args.challenge_keys.map(keyOf),
      expiresInDays: args.expires_in_days,
    },
  })),
  'countersign.credential.add': reader(s.AddCredentialArguments, (args) => ({
    resource: `credential:${args.kind}:${args.subject}`,
    change: {
      kind: 'credential.add',
      credentialKind: args.kind,
      subject: args.subject,
      expiresInDays: args.expires_in_days,
    },
  })),
  'countersign.approver.invite': reader(s.InviteArguments, (args) => ({
    resource: 'approvers',
    change: { kind: 'approver.invite', name: args.name, roles: args.roles },
  })),
  'countersign.key.rotate': reader(s.RotateArguments, ({ log_vkey: vkey }) =>
    vkey === undefined
      ? { resource: 'keys', change: { kind: 'key.rotate' } }
      : { resource: 'log', change: { kind: 'log-key.announce', vkey } },
  ),
  'countersign.webhook.add': reader(AddWebhookArguments, ({ url, kind, events }) => ({
    resource: 'webhooks',
    change: { kind: 'webhook.add', url, format: kind, events },
  })),
  'countersign.payload.erase': reader(s.EraseArguments, erasureOf),
  'countersign.killswitch.release': reader(ReleaseArguments, ({ id }) => ({
    resource: `killswitch:${id}`,
    change: { kind: 'killswitch.release', id },
  })),
}

function erasureOf(args: z.output<typeof s.EraseArguments>): { change: Change; resource: string } {
  const of = (subject: string) => `payloads:${args.rule}:${subject}`
  switch (args.rule) {
    case 'age':
      return {
        resource: of(`${args.older_than_days}`),
        change: { kind: 'payload.erase', rule: args.rule, olderThanDays: args.older_than_days },
      }
    case 'principal':
      return {
        resource: of(args.principal),
        change: { kind: 'payload.erase', rule: args.rule, subject: args.principal },
      }
    case 'request':
      return { resource: of(args.request), change: { kind: 'payload.erase', rule: args.rule, subject: args.request } }
  }
}

export function parseChange(action: ActionSpec): Result<Change> {
  const read = Object.hasOwn(readers, action.name) ? readers[action.name] : undefined
  if (!read) return refuse('invalid_request', `${action.name} is no change that this authority knows.`)
  const result = read(action)
  if (!result.ok) return result
  if (result.value.resource === action.resource) return ok(result.value.change)
  return refuse('invalid_request', `The resource of this change has to be ${result.value.resource}.`)
}

function keyOf({ kty, kid, alg, crv, x, y }: z.output<typeof s.PublicKey>): JsonWebKeyWithId {
  return { kty, kid, alg, crv, x, ...(y === undefined ? {} : { y }) }
}
