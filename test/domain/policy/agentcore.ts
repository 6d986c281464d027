/** Policies as AWS AgentCore publishes them, and the renaming of their entity types. */
const RENAMED: Readonly<Record<string, string>> = {
  'AgentCore::OAuthUser': 'Agent',
  'AgentCore::IamEntity': 'Agent',
  'AgentCore::Action': 'Action',
  'AgentCore::Gateway': 'Resource',
}
export const GATEWAY = 'arn:aws:bedrock-agentcore:us-west-2:123456789012:gateway/refund-gateway'
const head = (effect: string, action: string) => `${effect}(
  principal is AgentCore::OAuthUser,
  action == AgentCore::Action::"${action}",
  resource == AgentCore::Gateway::"${GATEWAY}"
)`
export const REFUND = 'RefundTarget___process_refund'
export const CLAIM = 'InsuranceAPI___file_claim'
const ANY = `permit(principal, action, resource == AgentCore::Gateway::"${GATEWAY}");`

export const EXAMPLES = {
  refund: `${head('permit', REFUND)}
when {
  principal.hasTag("username") &&
  principal.getTag("username") == "refund-agent" &&
  context.input.amount < 500
};`,
  scope: `${head('permit', CLAIM)} when { principal.hasTag("scope") && principal.getTag("scope") like "*insurance:claim*" };`,
  roles: `${ANY} ${head('forbid', CLAIM)} unless { principal.hasTag("role") && (principal.getTag("role") == "senior-adjuster" || principal.getTag("role") == "manager") };`,
  type: `${head('permit', CLAIM)} when { context.input has claimType && (context.input.claimType == "health" || context.input.claimType == "auto") };`,
  optional: `${ANY} ${head('forbid', CLAIM)} unless { context.input has description };`,
  countries: `${head('permit', CLAIM)} when { ["US", "CA", "MX"].contains(context.input.country) };`,
  decimal: `${head('permit', CLAIM)} when { context.input.newLimit.lessThanOrEqual(decimal("50000.00")) };`,
  hours: `${head('permit', CLAIM)} when { duration("0h") <= context.system.now.toTime() && context.system.now >= datetime("2025-02-01T00:00:00Z") };`,
  shutdown: `${ANY} forbid(principal, action, resource);`,
  account: `${ANY} forbid(principal is AgentCore::IamEntity, action, resource) when { principal.id like "*suspended*" };`,
}

export const renamed = (text: string) =>
  Object.entries(RENAMED).reduce((all, [from, to]) => all.replaceAll(from, to), text)
