/** The default policy of a new authority, as its first admin finds it and may change it. SPEC 11. */
export const DEFAULT_POLICY = `// A call needs a permit and no forbid. A permit without @approvers passes the call at once; several add up.
// Resource is what an executor acts on; Setting is a setting of this authority.

@id("given executors") @reason("An agent acts only at executors that it was given.")
forbid (principal, action, resource is Resource)
unless { resource in principal.executors };

@id("disasters") @reason("It would destroy a whole system, or run text from outside.")
forbid (principal, action, resource is Resource)
when { context.signals.disaster };

@id("reads")
permit (principal, action, resource is Resource)
when { context.effect == "read" };

// Signals are what the arguments show, whatever the catalogue says of the action.
@id("writes") @approvers("approver")
permit (principal, action, resource is Resource)
when { context.effect == "write" || context.signals.sql_write || context.signals.shell_overwrite };

// Text that cannot be read whole counts as destructive.
@id("destructive") @approvers("approver") @quorum("2")
permit (principal, action, resource is Resource)
when { context.effect == "destructive" || context.signals.destructive || context.signals.unparsed }
when { context.people > 1 };

// Where there is only one person, the token says \`separation: false\` if it is for that person.
@id("destructive alone") @approvers("approver") @self("yes")
permit (principal, action, resource is Resource)
when { context.effect == "destructive" || context.signals.destructive || context.signals.unparsed }
when { context.people <= 1 };

// Whatever stands here, a change to this authority needs an admin.
@id("settings") @approvers("admin") @self("yes")
permit (principal, action, resource is Setting);
`
