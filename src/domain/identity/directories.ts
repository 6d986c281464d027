/**
 * Directories: clients of SCIM that keep people and groups of a company in step with this authority. An approved change
 * registers one, with the groups whose members it may say; it gives no right beyond that. SPEC 10.10.
 */
import type { JsonObject } from '@countersign/verifier'
import * as z from 'zod'
import { normalForm } from '../action/normal-form.ts'
import { groupName } from './groups.ts'
import { nameOf } from './identifiers.ts'

/** A group that the directory keeps, and the name that it has there. */
export interface KeptGroup {
  readonly group: string
  readonly displayName: string
}

export interface Directory {
  readonly name: string
  readonly groups: readonly KeptGroup[]
  /** base64url SHA-256 of its credential, which whoever proposed it made. */
  readonly secret: string
  readonly expiresAt: number
  readonly version: number
  readonly createdAt: number
  readonly revokedAt: number | null
  readonly lastUsedAt: number | null
}

/** A person or group of a directory. `attributes` are its own words. `seal`: signature by the log's key over the rest. */
export interface Provisioned {
  /** Of a person the id that they have here, also before they are enrolled. */
  readonly id: string
  readonly directory: string
  readonly kind: 'user' | 'group'
  /** The name that is unique in its directory, in the form in which it is compared. */
  readonly key: string
  readonly externalId: string | null
  /** Of a person: false where the directory has deactivated them. */
  readonly active: boolean
  readonly attributes: JsonObject
  readonly version: number
  readonly createdAt: number
  readonly modifiedAt: number
  readonly seal: string
}

export const MAX_DIRECTORIES = 16
/** Of each kind, in one directory. */
export const MAX_PROVISIONED = 10_000
const MAX_KEPT_GROUPS = 50

export const directoryName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'lower-case letters, digits and hyphens; at most 32')
  .meta({ description: 'Name of a directory', example: 'entra' })

export const keptGroups = z
  .array(z.strictObject({ group: groupName, display_name: nameOf(200) }))
  .max(MAX_KEPT_GROUPS)
  .refine((kept) => isOnce(kept.map(({ group }) => group)), 'a group stands once')
  .refine((kept) => isOnce(kept.map(({ display_name: name }) => displayKey(name))), 'a display_name stands once')
  .meta({ description: 'Groups whose members the directory says, and their names there' })

const isOnce = (names: readonly string[]): boolean => new Set(names).size === names.length

/** Names of people and groups are compared without case. */
export const displayKey = (name: string): string => normalForm(name, 'NFC').toLowerCase()

export const secretDigest = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/, 'base64url SHA-256 of the credential')
  .meta({ description: 'base64url SHA-256 of the credential cs_directory_…, which whoever proposes the change makes' })

/** The name by which people know somebody whom a directory named. */
export function displayNameOf({ attributes }: Pick<Provisioned, 'attributes'>): string {
  const name = attributes['displayName'] ?? attributes['userName']
  return typeof name === 'string' ? name.slice(0, MAX_NAME) : ''
}

/** Of a person here. */
const MAX_NAME = 100
