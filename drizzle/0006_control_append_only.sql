-- What was stopped stays written; a switch is released once. `refuse_change` is of 0001_append_only.sql.

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

-- Kill switches: what one hit may still be counted, and it may be released, once.
CREATE TRIGGER kill_switches_append_only
  BEFORE UPDATE OF id, agent, principal, executor, action, request, trace, spared, engaged_at_ms, engaged_by, reason
    OR DELETE OR TRUNCATE ON kill_switches
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE kill_switches ENABLE ALWAYS TRIGGER kill_switches_append_only;
--> statement-breakpoint
CREATE TRIGGER kill_switches_released_once BEFORE UPDATE OF released_at_ms, release_request ON kill_switches
  FOR EACH ROW WHEN (OLD.released_at_ms IS NOT NULL) EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE kill_switches ENABLE ALWAYS TRIGGER kill_switches_released_once;
