-- Append-only tables. The triggers fire ALWAYS, so also in sessions that call themselves a replica, and for each
-- statement, so one that would touch no row is refused too. Only the owner of the tables can remove them, and such a
-- rewrite breaks the proofs against any checkpoint kept elsewhere.
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

-- The place of an entry is given, never chosen by the writer.
CREATE FUNCTION place_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.id := nextval('entries_id_seq');
  NEW.xid := pg_current_xact_id();
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER entries_placed BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION place_entry();
--> statement-breakpoint
ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_placed;
--> statement-breakpoint

-- Policies: a version stays what it is.
CREATE TRIGGER policies_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON policies
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE policies ENABLE ALWAYS TRIGGER policies_append_only;
--> statement-breakpoint

-- Consents: one may be voided, once.
CREATE TRIGGER consents_append_only
  BEFORE UPDATE OF id, request, approver, on_behalf_of, credential_id, consent, given_at OR DELETE OR TRUNCATE ON consents
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE consents ENABLE ALWAYS TRIGGER consents_append_only;
--> statement-breakpoint
CREATE TRIGGER consents_voided_once BEFORE UPDATE ON consents
  FOR EACH ROW WHEN (OLD.voided_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE consents ENABLE ALWAYS TRIGGER consents_voided_once;
--> statement-breakpoint

-- Redemptions: an outcome is added once, but for one that was not known; a signature may be erased, never replaced.
CREATE TRIGGER redemptions_append_only
  BEFORE UPDATE OF jti, use, request, audience, redeemed_at OR DELETE OR TRUNCATE ON redemptions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE redemptions ENABLE ALWAYS TRIGGER redemptions_append_only;
--> statement-breakpoint
CREATE TRIGGER redemptions_one_outcome BEFORE UPDATE OF outcome, reported_at ON redemptions
  FOR EACH ROW WHEN (OLD.outcome <> 'indeterminate' OR (OLD.reported_at IS NOT NULL
    AND (OLD.outcome IS NULL OR coalesce(NEW.outcome, 'indeterminate') = 'indeterminate')))
  EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE redemptions ENABLE ALWAYS TRIGGER redemptions_one_outcome;
--> statement-breakpoint
CREATE TRIGGER redemptions_signature_stays BEFORE UPDATE OF signature ON redemptions
  FOR EACH ROW WHEN (NEW.signature IS NOT NULL) EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE redemptions ENABLE ALWAYS TRIGGER redemptions_signature_stays;
--> statement-breakpoint

-- A missing outcome is recorded once.
CREATE TRIGGER redemptions_missing_once BEFORE UPDATE OF missing_at ON redemptions
  FOR EACH ROW WHEN (OLD.missing_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE redemptions ENABLE ALWAYS TRIGGER redemptions_missing_once;
--> statement-breakpoint

-- Tokens: one may be revoked, once; a revocation is never taken back.
CREATE TRIGGER tokens_append_only
  BEFORE UPDATE OF jti, request, agent, audience, status_list, status_index, uses, issued_at, expires_at, claims_digest,
    grant_id, added, permission_mark
  OR DELETE OR TRUNCATE ON tokens
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE tokens ENABLE ALWAYS TRIGGER tokens_append_only;
--> statement-breakpoint
CREATE TRIGGER tokens_revoked_once BEFORE UPDATE ON tokens
  FOR EACH ROW WHEN (OLD.revoked_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE tokens ENABLE ALWAYS TRIGGER tokens_revoked_once;
--> statement-breakpoint

-- Grants: the bounds stay, what is spent only grows, and one ends once.
CREATE TRIGGER grants_append_only
  BEFORE UPDATE OF id, agent, audience, name, expires_at, uses, sum_limit OR DELETE OR TRUNCATE ON grants
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE grants ENABLE ALWAYS TRIGGER grants_append_only;
--> statement-breakpoint
CREATE TRIGGER grants_spending_grows BEFORE UPDATE OF used, summed ON grants
  FOR EACH ROW WHEN (NEW.used < OLD.used OR NEW.summed < OLD.summed) EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE grants ENABLE ALWAYS TRIGGER grants_spending_grows;
--> statement-breakpoint
CREATE TRIGGER grants_ended_once BEFORE UPDATE OF ended_at ON grants
  FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE grants ENABLE ALWAYS TRIGGER grants_ended_once;
--> statement-breakpoint

-- The log: a leaf keeps its index, a tile its hashes, a checkpoint its root.
CREATE TRIGGER leaves_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON leaves
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE leaves ENABLE ALWAYS TRIGGER leaves_append_only;
--> statement-breakpoint

-- Tiles: a partial tile may grow; its hashes keep their places.
CREATE TRIGGER tiles_append_only BEFORE UPDATE OF level, index OR DELETE OR TRUNCATE ON tiles
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE tiles ENABLE ALWAYS TRIGGER tiles_append_only;
--> statement-breakpoint
CREATE TRIGGER tiles_grow BEFORE UPDATE OF hashes ON tiles
  FOR EACH ROW WHEN (substr(NEW.hashes, 1, length(OLD.hashes)) <> OLD.hashes OR length(NEW.hashes) > 8192)
  EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE tiles ENABLE ALWAYS TRIGGER tiles_grow;
--> statement-breakpoint
-- Hashes do not compress, and trying costs more than writing them.
ALTER TABLE tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;
--> statement-breakpoint

-- Checkpoints: the size only grows, and each size keeps its root.
CREATE TRIGGER checkpoints_append_only BEFORE UPDATE OF kind OR DELETE OR TRUNCATE ON checkpoints
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE checkpoints ENABLE ALWAYS TRIGGER checkpoints_append_only;
--> statement-breakpoint
CREATE TRIGGER checkpoints_grow BEFORE UPDATE ON checkpoints
  FOR EACH ROW WHEN (NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.root <> OLD.root))
  EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE checkpoints ENABLE ALWAYS TRIGGER checkpoints_grow;
--> statement-breakpoint

-- Stops and confirmations: nothing ever changes.
CREATE TRIGGER stops_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stops
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE stops ENABLE ALWAYS TRIGGER stops_append_only;
--> statement-breakpoint
CREATE TRIGGER confirmations_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON confirmations
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE confirmations ENABLE ALWAYS TRIGGER confirmations_append_only;
--> statement-breakpoint

-- Kill switches: the counts of hits may grow, and one may be released, once.
CREATE TRIGGER kill_switches_append_only
  BEFORE UPDATE OF id, agent, principal, executor, action, request, trace, selector_digest, spared, engaged_at_ms,
    engaged_by, reason
    OR DELETE OR TRUNCATE ON kill_switches
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE kill_switches ENABLE ALWAYS TRIGGER kill_switches_append_only;
--> statement-breakpoint
CREATE TRIGGER kill_switches_released_once BEFORE UPDATE OF released_at_ms, release_request ON kill_switches
  FOR EACH ROW WHEN (OLD.released_at_ms IS NOT NULL) EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE kill_switches ENABLE ALWAYS TRIGGER kill_switches_released_once;

--> statement-breakpoint

-- What policies know of earlier calls: what becomes of a request is counted in the transaction that makes it so,
-- whichever statement that is.
CREATE FUNCTION add_to_history(of_scope text, of_bucket bigint, added numeric, until bigint) RETURNS void
  LANGUAGE sql AS $$
  INSERT INTO history_totals AS known (scope, bucket, total, expires_at) VALUES (of_scope, of_bucket, added, until)
  ON CONFLICT (scope, bucket) DO UPDATE
    SET total = known.total + excluded.total, expires_at = greatest(known.expires_at, excluded.expires_at)
$$;
--> statement-breakpoint
CREATE FUNCTION last_in_history(of_scope text, was boolean, at bigint, until bigint) RETURNS void
  LANGUAGE sql AS $$
  INSERT INTO history_scopes AS known (scope, version, last, last_at, expires_at) VALUES (of_scope, 1, was, at, until)
  ON CONFLICT (scope) DO UPDATE
    SET last = excluded.last, last_at = excluded.last_at, expires_at = greatest(known.expires_at, excluded.expires_at)
    WHERE coalesce(known.last_at, 0) <= excluded.last_at
$$;
--> statement-breakpoint
CREATE FUNCTION count_answer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  call record;
  at bigint := coalesce(NEW.decided_at, NEW.created_at);
BEGIN
  FOR call IN
    UPDATE history_calls SET counted = NOT counted, bucket = CASE WHEN counted THEN bucket ELSE at - at % step END
    WHERE request = NEW.id AND counted <> CASE state
      WHEN 'permitted' THEN NEW.state IN ('pending', 'approved')
      WHEN 'approved' THEN NEW.state = 'approved'
      WHEN 'denied' THEN NEW.state = 'denied'
      ELSE counted END
    RETURNING scope, bucket, counted, amount::numeric * uses AS amount, window_seconds, step
  LOOP
    PERFORM add_to_history(call.scope, call.bucket, CASE WHEN call.counted THEN call.amount ELSE -call.amount END,
      call.bucket + call.window_seconds + 2 * call.step);
  END LOOP;
  IF NEW.state IN ('approved', 'denied') THEN
    PERFORM last_in_history(scope, state = NEW.state, at, at + window_seconds + 2 * step)
    FROM history_calls WHERE request = NEW.id AND state IN ('approved', 'denied');
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER requests_history AFTER UPDATE OF state ON requests
  FOR EACH ROW WHEN (NEW.state IS DISTINCT FROM OLD.state) EXECUTE FUNCTION count_answer();
--> statement-breakpoint
CREATE FUNCTION count_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM add_to_history(scope, NEW.reported_at - NEW.reported_at % step, amount,
    NEW.reported_at + window_seconds + 2 * step)
  FROM history_calls WHERE request = NEW.request AND state = NEW.outcome;
  PERFORM last_in_history(scope, state = NEW.outcome, NEW.reported_at, NEW.reported_at + window_seconds + 2 * step)
  FROM history_calls WHERE request = NEW.request AND state IN ('succeeded', 'failed');
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER redemptions_history AFTER UPDATE OF outcome ON redemptions
  FOR EACH ROW WHEN (NEW.outcome IS NOT NULL) EXECUTE FUNCTION count_outcome();
--> statement-breakpoint

-- Entries about configuration are few among millions. Without these statistics the planner takes them for nearly all,
-- and reads the whole table where their index has them.
CREATE STATISTICS entries_subject ON split_part(type, '.', 1) FROM entries;
--> statement-breakpoint

-- Rows of the newest blocks grow in place, within the pages that hold them.
ALTER TABLE facts SET (fillfactor = 60);
