-- What is written stays written. The triggers fire ALWAYS, so also where a session calls itself a replica, and for
-- every statement, so that one which would touch no row is refused too. Only who owns the tables can take them away,
-- and such a rewrite breaks the proofs against any checkpoint kept elsewhere.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on % is refused: what is written there stays written', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$;
--> statement-breakpoint

-- The ledger: nothing ever changes.
CREATE TRIGGER entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entries
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_append_only;
--> statement-breakpoint

-- Consents: one may be voided, once.
CREATE TRIGGER consents_append_only
  BEFORE UPDATE OF id, request, approver, credential_id, consent, given_at OR DELETE OR TRUNCATE ON consents
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE consents ENABLE ALWAYS TRIGGER consents_append_only;
--> statement-breakpoint
CREATE TRIGGER consents_voided_once BEFORE UPDATE ON consents
  FOR EACH ROW WHEN (OLD.voided_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE consents ENABLE ALWAYS TRIGGER consents_voided_once;
--> statement-breakpoint

-- Redemptions: an outcome is added once; a signature may be erased, never replaced.
CREATE TRIGGER redemptions_append_only
  BEFORE UPDATE OF jti, use, request, audience, redeemed_at OR DELETE OR TRUNCATE ON redemptions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE redemptions ENABLE ALWAYS TRIGGER redemptions_append_only;
--> statement-breakpoint
CREATE TRIGGER redemptions_one_outcome BEFORE UPDATE OF outcome, reported_at ON redemptions
  FOR EACH ROW WHEN (OLD.outcome IS NOT NULL OR OLD.reported_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE redemptions ENABLE ALWAYS TRIGGER redemptions_one_outcome;
--> statement-breakpoint
CREATE TRIGGER redemptions_signature_stays BEFORE UPDATE OF signature ON redemptions
  FOR EACH ROW WHEN (NEW.signature IS NOT NULL) EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE redemptions ENABLE ALWAYS TRIGGER redemptions_signature_stays;
--> statement-breakpoint

-- Tokens: one may be revoked, once; a revocation is never taken back.
CREATE TRIGGER tokens_append_only
  BEFORE UPDATE OF jti, request, agent, audience, status_list, status_index, uses, issued_at, expires_at
  OR DELETE OR TRUNCATE ON tokens
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE tokens ENABLE ALWAYS TRIGGER tokens_append_only;
--> statement-breakpoint
CREATE TRIGGER tokens_revoked_once BEFORE UPDATE ON tokens
  FOR EACH ROW WHEN (OLD.revoked_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE tokens ENABLE ALWAYS TRIGGER tokens_revoked_once;
