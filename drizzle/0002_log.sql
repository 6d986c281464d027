CREATE TABLE "activity" (
	"width" integer NOT NULL,
	"start" bigint NOT NULL,
	"type" text NOT NULL,
	"count" bigint NOT NULL,
	"first" bigint NOT NULL,
	"last" bigint NOT NULL,
	CONSTRAINT "activity_width_start_type_pk" PRIMARY KEY("width","start","type")
);
--> statement-breakpoint
CREATE TABLE "checkpoints" (
	"kind" text PRIMARY KEY NOT NULL,
	"size" bigint NOT NULL,
	"root" "bytea" NOT NULL,
	"note" text NOT NULL,
	"signed_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "entry_index" (
	"leaf_index" bigint PRIMARY KEY NOT NULL,
	"at" bigint NOT NULL,
	"type" text NOT NULL,
	"trace" uuid NOT NULL,
	"agent" text,
	"principal" text,
	"approver" text,
	"executor" text,
	"name" text,
	"action" text,
	"resource" "bytea",
	"outcome" text,
	"origin" text,
	"leaf_prefix" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "erasures" (
	"id" text PRIMARY KEY NOT NULL,
	"rule" text NOT NULL,
	"subject" text,
	"before" bigint NOT NULL,
	"request" text,
	"next" bigint NOT NULL,
	"done_at" bigint
);
--> statement-breakpoint
CREATE TABLE "leaves" (
	"index" bigint PRIMARY KEY NOT NULL,
	"entry" bigint NOT NULL,
	CONSTRAINT "leaves_entry_unique" UNIQUE("entry")
);
--> statement-breakpoint
CREATE TABLE "log_cursors" (
	"name" text PRIMARY KEY NOT NULL,
	"leaf_index" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tiles" (
	"level" integer NOT NULL,
	"index" bigint NOT NULL,
	"hashes" "bytea" NOT NULL,
	CONSTRAINT "tiles_level_index_pk" PRIMARY KEY("level","index")
);
--> statement-breakpoint
ALTER TABLE "entries" ADD COLUMN "xid" "xid8" DEFAULT pg_current_xact_id() NOT NULL;--> statement-breakpoint
ALTER TABLE "redemptions" ADD COLUMN "missing_at" bigint;--> statement-breakpoint
ALTER TABLE "token_texts" ADD COLUMN "kid" text;--> statement-breakpoint
CREATE INDEX "entry_index_type" ON "entry_index" USING btree ("type","leaf_index");--> statement-breakpoint
CREATE INDEX "entry_index_trace" ON "entry_index" USING btree ("trace","leaf_index");--> statement-breakpoint
CREATE INDEX "entry_index_agent" ON "entry_index" USING btree ("agent","leaf_index") WHERE agent IS NOT NULL;--> statement-breakpoint
CREATE INDEX "entry_index_principal" ON "entry_index" USING btree ("principal","leaf_index") WHERE principal IS NOT NULL;--> statement-breakpoint
CREATE INDEX "entry_index_approver" ON "entry_index" USING btree ("approver","leaf_index") WHERE approver IS NOT NULL;--> statement-breakpoint
CREATE INDEX "entry_index_executor" ON "entry_index" USING btree ("executor","leaf_index") WHERE executor IS NOT NULL;--> statement-breakpoint
CREATE INDEX "entry_index_name" ON "entry_index" USING btree ("name","leaf_index") WHERE name IS NOT NULL;--> statement-breakpoint
CREATE INDEX "entry_index_leaf" ON "entry_index" USING btree ("leaf_prefix");--> statement-breakpoint
CREATE INDEX "entry_index_action" ON "entry_index" USING btree ("action") WHERE type = 'request.created';--> statement-breakpoint
CREATE INDEX "entry_index_resource" ON "entry_index" USING btree ("resource","leaf_index") WHERE resource IS NOT NULL;--> statement-breakpoint
CREATE INDEX "entry_index_outcome" ON "entry_index" USING btree ("outcome","leaf_index") WHERE outcome IS NOT NULL;--> statement-breakpoint
CREATE INDEX "entry_index_origin" ON "entry_index" USING btree ("origin","leaf_index") WHERE origin IS NOT NULL;--> statement-breakpoint
CREATE INDEX "entries_sequence" ON "entries" USING btree ("xid","id");