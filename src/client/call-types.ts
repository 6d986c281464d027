/**
 * Input and answer of each call, read off the endpoint table by the type checker.
 *
 * Types only: an endpoint added to the table is callable, with its body, parameters and answer, without a line here.
 */
import type { EndpointId, endpoints } from '../api/endpoints.ts'
import type { CallOptions } from './agent/exchange.ts'

type Table = typeof endpoints

/** `{ id: string }` for `/requests/:id/token`. */
type ParamsOf<Path> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Readonly<Record<Name, string>> & ParamsOf<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Readonly<Record<Name, string>>
    : unknown

type InputOf<Schema> = Schema extends { readonly _zod: { readonly input: infer Input } } ? Input : never
type OutputOf<Schema> = Schema extends { readonly _zod: { readonly output: infer Output } } ? Output : never

type NeedsParams<Id extends EndpointId> = Table[Id]['path'] extends `${string}:${string}`
  ? { readonly params: ParamsOf<Table[Id]['path']> }
  : unknown
type NeedsBody<Id extends EndpointId> = Table[Id] extends { readonly body: infer Body }
  ? { readonly body: InputOf<Body> }
  : unknown
type MayQuery<Id extends EndpointId> = Table[Id] extends { readonly query: infer Query }
  ? QueryOf<InputOf<Query>>
  : unknown
type QueryOf<Query> = object extends Query ? { readonly query?: Query } : { readonly query: Query }
type NeedsForm<Id extends EndpointId> = Table[Id] extends { readonly form: infer Form }
  ? { readonly form: InputOf<Form> }
  : unknown

/** The input of a call to this endpoint: path parameters, query and body, where it has them. */
export type CallInput<Id extends EndpointId> = CallOptions &
  NeedsParams<Id> &
  NeedsBody<Id> &
  NeedsForm<Id> &
  MayQuery<Id>

/** The input may be left out where nothing in it is required. */
export type CallArguments<Id extends EndpointId> =
  object extends CallInput<Id> ? [input?: CallInput<Id>] : [input: CallInput<Id>]

/** The checked answer; `unknown` where the table names no schema, `undefined` for 204. */
export type CallOutput<Id extends EndpointId> = Table[Id] extends { readonly response: infer Response }
  ? OutputOf<Response>
  : Table[Id]['status'] extends 204
    ? undefined
    : unknown
