/** What a statement does, by the kinds of the nodes in it, wherever they stand: in a CTE, an EXPLAIN, a PREPARE. SPEC 11.1. */
import type { Flag } from '../signals.ts'
import { narrows } from './narrowing.ts'
import { isReadingFunction } from './reading-functions.ts'
import { isNode, listOf, type Node, nodeOf, textOf } from './tree.ts'

type Rule = (node: Node) => readonly Flag[]

const always =
  (...flags: Flag[]): Rule =>
  () =>
    flags

const unless =
  (bounded: (node: Node) => boolean): Rule =>
  (node) =>
    bounded(node) ? ['sql_write'] : ['sql_write', 'sql_unbounded']

const drop = always('sql_write', 'sql_drop')
const dropAll = always('sql_write', 'sql_drop', 'disaster')
const rights = always('sql_write', 'sql_grant')
const program = always('sql_write', 'sql_program', 'disaster')
const hidden = always('sql_write', 'sql_schema', 'unparsed')

const RULES: ReadonlyMap<string, Rule> = new Map(
  Object.entries<Rule>({
    DeleteStmt: unless(({ whereClause }) => narrows(whereClause)),
    UpdateStmt: unless(({ whereClause }) => narrows(whereClause)),
    MergeStmt: (node) => unless(() => !listOf(node.mergeWhenClauses).some(deletes))(node),
    TruncateStmt: always('sql_write', 'sql_truncate'),
    DropStmt: ({ removeType }) => [...drop({}), ...(removeType === 'OBJECT_SCHEMA' ? (['disaster'] as const) : [])],
    DropdbStmt: dropAll,
    DropOwnedStmt: dropAll,
    DropTableSpaceStmt: dropAll,
    DropRoleStmt: always('sql_write', 'sql_drop', 'sql_grant'),
    DropUserMappingStmt: drop,
    DropSubscriptionStmt: drop,
    AlterTableCmd: ({ subtype }) => altered(String(subtype)),
    GrantStmt: (node) => [...rights({}), ...everyone(node, node.grantees)],
    GrantRoleStmt: (node) => [...rights({}), ...everyone(node, node.grantee_roles)],
    AlterDefaultPrivilegesStmt: rights,
    CreateRoleStmt: rights,
    AlterRoleStmt: rights,
    AlterRoleSetStmt: rights,
    AlterOwnerStmt: rights,
    ReassignOwnedStmt: rights,
    CreatePolicyStmt: rights,
    AlterPolicyStmt: rights,
    VariableSetStmt: ({ name }) => (RIGHTS_BY_NAME.includes(String(name)) ? ['sql_write', 'sql_grant'] : ['sql_write']),
    TransactionStmt: ({ kind }) => (/PREPARE/.test(String(kind)) ? ['sql_write'] : []),
    LockingClause: always('sql_write'),
    CopyStmt: (node) => (node.is_program || typeof node.filename === 'string' ? program({}) : ['sql_write']),
    DoStmt: always('sql_write', 'sql_program', 'unparsed'),
    LoadStmt: program,
    AlterSystemStmt: program,
    CreatePLangStmt: program,
    CreateExtensionStmt: always('sql_write', 'sql_schema', 'sql_program'),
    CreateFunctionStmt: hidden,
    CreateTrigStmt: hidden,
    CreateEventTrigStmt: hidden,
    RuleStmt: hidden,
    ExecuteStmt: always('sql_write', 'unparsed'),
    CallStmt: always('sql_write'),
    intoClause: always('sql_write'),
    A_Expr: ({ name }) => named(name),
    SubLink: ({ operName }) => named(operName),
    SortBy: ({ useOp }) => named(useOp),
    TypeCast: ({ typeName }) => named(isNode(typeName) ? typeName.names : undefined),
    FuncCall: ({ funcname }) => called(listOf(funcname).map((part) => textOf(nodeOf(part)[1]).toLowerCase())),
  }),
)

const altered = (subtype: string): readonly Flag[] => {
  if (/^AT_(?:DropColumn|DetachPartition)/.test(subtype)) return ['sql_drop']
  return /^AT_(?:ChangeOwner|.*RowSecurity)$/.test(subtype) ? ['sql_grant'] : []
}
const RIGHTS_BY_NAME = ['role', 'session_authorization']
/** Statements of this kind read, or only begin and end. */
const READING =
  /^(?:SelectStmt|ExplainStmt|PrepareStmt|DeallocateStmt|VariableShowStmt|VariableSetStmt|TransactionStmt|FetchStmt|DeclareCursorStmt|ClosePortalStmt|ListenStmt)$/
const SHAPING = /^(?:Create|Alter|Define|Rename|Index|View|Refresh|Comment|SecLabel|Import|Composite|ReplicaIdentity)/

/** Functions that run programs or text, reach files or other servers, or stop the server, in several databases. */
const RUNNING =
  /^(?:pg_read_|pg_ls_|pg_stat_file|pg_file_|lo_import|lo_export|dblink|query_to_xml|table_to_xml|pg_terminate_|pg_cancel_|pg_reload_|pg_promote|pg_rotate_|pg_switch_|set_config|xp_|sp_oacreate|sp_executesql|openrowset|opendatasource|load_file|load_extension|sys_exec|sys_eval|readfile$|writefile$|dbms_|utl_)/

/** What a function does that is not known cannot be read. */
function called(path: readonly string[]): readonly Flag[] {
  if (RUNNING.test(path.at(-1) ?? '')) return ['sql_write', 'sql_program', 'disaster']
  return isReadingFunction(path) ? [] : ['sql_write', 'unparsed']
}

/** What an operator or a type of another schema does cannot be read. */
const named = (path: unknown): readonly Flag[] =>
  listOf(path).length < 2 || textOf(nodeOf(listOf(path)[0])[1]) === 'pg_catalog' ? NONE : ['sql_write', 'unparsed']

const deletes = (clause: unknown): boolean => /^CMD_(?:DELETE|UPDATE)$/.test(String(nodeOf(clause)[1].commandType))

function everyone({ is_grant: grants }: Node, roles: unknown): readonly Flag[] {
  const open = listOf(roles).some((role) => nodeOf(role)[1].roletype === 'ROLESPEC_PUBLIC')
  return grants && open ? ['grant_everyone'] : []
}

/** Every kind of node in a tree, with its members. The depth of the tree is bounded by the parser. */
export function* flagsOfTree(value: unknown): Generator<Flag> {
  const open: unknown[] = [value]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (Array.isArray(at)) for (const one of at) open.push(one)
    if (!isNode(at)) continue
    // A tree has thousands of members, and most are no nodes: a list of them for each node would be slow.
    for (const kind in at) {
      const inner = at[kind]
      if (typeof inner !== 'object') continue
      const flags = isNode(inner) ? flagsOfNode(kind, inner) : NONE
      if (flags.length > 0) yield* flags
      open.push(inner)
    }
  }
}

const NONE: readonly Flag[] = []

function flagsOfNode(kind: string, node: Node): readonly Flag[] {
  const found = RULES.get(kind)?.(node) ?? NONE
  if (!kind.endsWith('Stmt') || READING.test(kind)) return found
  return [...found, 'sql_write', ...(SHAPING.test(kind) ? (['sql_schema'] as const) : [])]
}
