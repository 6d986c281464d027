-- The log keeps what it gave out: a leaf its index, a tile its hashes, a checkpoint its promise. `refuse_change` is of
-- 0001_append_only.sql.

CREATE TRIGGER leaves_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON leaves
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE leaves ENABLE ALWAYS TRIGGER leaves_append_only;
--> statement-breakpoint

-- Tiles: a partial one may grow; the hashes it has stay where they are.
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
-- Hashes do not compress: trying costs more than writing them.
ALTER TABLE tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;
--> statement-breakpoint

-- Checkpoints: the size only grows, and one size has one root for ever.
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

-- A redemption without an outcome is noted once.
CREATE TRIGGER redemptions_missing_once BEFORE UPDATE OF missing_at ON redemptions
  FOR EACH ROW WHEN (OLD.missing_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
ALTER TABLE redemptions ENABLE ALWAYS TRIGGER redemptions_missing_once;
