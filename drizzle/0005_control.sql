CREATE TABLE "confirmations" (
	"stop" bigint NOT NULL,
	"executor" text NOT NULL,
	"connection" text NOT NULL,
	"at_ms" bigint NOT NULL,
	"aborted" integer NOT NULL,
	CONSTRAINT "confirmations_stop_executor_connection_pk" PRIMARY KEY("stop","executor","connection")
);
--> statement-breakpoint
CREATE TABLE "executor_streams" (
	"connection" text PRIMARY KEY NOT NULL,
	"executor" text NOT NULL,
	"process" text NOT NULL,
	"since_ms" bigint NOT NULL,
	"seen_at_ms" bigint NOT NULL,
	"lag_ms" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "kill_switches" (
	"id" text PRIMARY KEY NOT NULL,
	"agent" text,
	"principal" text,
	"executor" text,
	"action" text,
	"request" text,
	"trace" uuid,
	"spared" text NOT NULL,
	"engaged_at_ms" bigint NOT NULL,
	"engaged_by" text NOT NULL,
	"reason" text NOT NULL,
	"tokens" integer NOT NULL,
	"pending" integer NOT NULL,
	"executors" integer NOT NULL,
	"released_at_ms" bigint,
	"release_request" text
);
--> statement-breakpoint
CREATE TABLE "stops" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "stops_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at_ms" bigint NOT NULL,
	"kind" text NOT NULL,
	"killswitch" text,
	"selector" jsonb NOT NULL
);
--> statement-breakpoint
CREATE INDEX "kill_switches_standing" ON "kill_switches" USING btree ("engaged_at_ms") WHERE released_at_ms IS NULL;--> statement-breakpoint
CREATE INDEX "stops_at" ON "stops" USING btree ("at_ms");--> statement-breakpoint
CREATE INDEX "stops_killswitch" ON "stops" USING btree ("killswitch") WHERE killswitch IS NOT NULL;--> statement-breakpoint
CREATE INDEX "tokens_revoked_expires_at" ON "tokens" USING btree ("expires_at") WHERE revoked_at IS NOT NULL;