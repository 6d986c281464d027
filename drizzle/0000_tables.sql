CREATE TABLE "grants" (
	"id" text PRIMARY KEY NOT NULL,
	"agent" text NOT NULL,
	"audience" text NOT NULL,
	"name" text NOT NULL,
	"expires_at" bigint NOT NULL,
	"uses" integer NOT NULL,
	"used" integer NOT NULL,
	"sum_limit" bigint,
	"summed" bigint NOT NULL,
	"ended_at" bigint
);
--> statement-breakpoint
CREATE TABLE "history_calls" (
	"request" text NOT NULL,
	"scope" text NOT NULL,
	"state" text NOT NULL,
	"amount" bigint NOT NULL,
	"uses" integer NOT NULL,
	"bucket" bigint NOT NULL,
	"step" bigint NOT NULL,
	"window_seconds" bigint NOT NULL,
	"counted" boolean NOT NULL,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "history_calls_request_scope_pk" PRIMARY KEY("request","scope")
);
--> statement-breakpoint
CREATE TABLE "history_scopes" (
	"scope" text PRIMARY KEY NOT NULL,
	"version" bigint NOT NULL,
	"last" boolean,
	"last_at" bigint,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "history_totals" (
	"scope" text NOT NULL,
	"bucket" bigint NOT NULL,
	"total" numeric(38, 0) NOT NULL,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "history_totals_scope_bucket_pk" PRIMARY KEY("scope","bucket")
);
--> statement-breakpoint
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
CREATE TABLE "facts" (
	"block" integer NOT NULL,
	"fact" "bytea" NOT NULL,
	"places" "bytea" NOT NULL,
	CONSTRAINT "facts_block_fact_pk" PRIMARY KEY("block","fact")
);
--> statement-breakpoint
CREATE TABLE "leaves" (
	"index" bigint PRIMARY KEY NOT NULL,
	"entry" bigint NOT NULL,
	"prefix" bigint NOT NULL,
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
CREATE TABLE "deliveries" (
	"id" text PRIMARY KEY NOT NULL,
	"channel" text NOT NULL,
	"recipient" text NOT NULL,
	"target" text NOT NULL,
	"message" json NOT NULL,
	"created_at" bigint NOT NULL,
	"due_at" bigint NOT NULL,
	"attempts" integer NOT NULL,
	"state" text NOT NULL,
	"ended_at" bigint,
	"problem" text
);
--> statement-breakpoint
CREATE TABLE "notices" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "notices_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"kind" text NOT NULL,
	"subject" text NOT NULL,
	"due_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notification_settings" (
	"approver" text PRIMARY KEY NOT NULL,
	"push" boolean NOT NULL,
	"by_mail" boolean NOT NULL,
	"quiet" jsonb,
	"mail" text,
	"mail_confirmed_at" bigint
);
--> statement-breakpoint
CREATE TABLE "push_devices" (
	"id" text PRIMARY KEY NOT NULL,
	"approver" text NOT NULL,
	"endpoint" text NOT NULL,
	"p256dh" text NOT NULL,
	"auth" text NOT NULL,
	"label" text NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "push_devices_endpoint_unique" UNIQUE("endpoint")
);
--> statement-breakpoint
CREATE TABLE "rings" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"recipient" text NOT NULL,
	"agent" text,
	"fold" text NOT NULL,
	"subjects" jsonb NOT NULL,
	"due_at" bigint NOT NULL,
	"state" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "webhooks" (
	"id" text PRIMARY KEY NOT NULL,
	"url" text NOT NULL,
	"kind" text NOT NULL,
	"events" jsonb NOT NULL,
	"created_at" bigint NOT NULL,
	"request" text,
	"removed_at" bigint
);
--> statement-breakpoint
CREATE TABLE "absences" (
	"id" text PRIMARY KEY NOT NULL,
	"approver" text NOT NULL,
	"deputy" text,
	"from_at" bigint NOT NULL,
	"until_at" bigint NOT NULL,
	"stated_at" bigint NOT NULL,
	"ended_at" bigint
);
--> statement-breakpoint
CREATE TABLE "agent_sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"agent" text NOT NULL,
	"purpose" text NOT NULL,
	"opened_by" text NOT NULL,
	"opened_at" bigint NOT NULL,
	"ends_at" bigint NOT NULL,
	"ended_at" bigint
);
--> statement-breakpoint
CREATE TABLE "agents" (
	"id" text PRIMARY KEY NOT NULL,
	"principals" json NOT NULL,
	"executors" json NOT NULL,
	"groups" json NOT NULL,
	"run_by" text,
	"version" integer NOT NULL,
	"created_at" bigint NOT NULL,
	"revoked_at" bigint
);
--> statement-breakpoint
CREATE TABLE "approvers" (
	"id" text PRIMARY KEY NOT NULL,
	"roles" jsonb NOT NULL,
	"created_at" bigint NOT NULL,
	"suspended_at" bigint,
	"removed_at" bigint
);
--> statement-breakpoint
CREATE TABLE "credentials" (
	"id" text PRIMARY KEY NOT NULL,
	"hash" text NOT NULL,
	"kind" text NOT NULL,
	"subject" text NOT NULL,
	"prefix" text NOT NULL,
	"created_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"revoked_at" bigint,
	"last_used_at" bigint,
	CONSTRAINT "credentials_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "directories" (
	"name" text PRIMARY KEY NOT NULL,
	"groups" json NOT NULL,
	"secret" text NOT NULL,
	"expires_at" bigint NOT NULL,
	"version" integer NOT NULL,
	"created_at" bigint NOT NULL,
	"revoked_at" bigint,
	"last_used_at" bigint,
	CONSTRAINT "directories_secret_unique" UNIQUE("secret")
);
--> statement-breakpoint
CREATE TABLE "enrolments" (
	"key" text PRIMARY KEY NOT NULL,
	"hash" text NOT NULL,
	"passkey" json NOT NULL,
	"proof" json NOT NULL,
	"request" text,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "enrolments_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "executors" (
	"audience" text PRIMARY KEY NOT NULL,
	"title" text NOT NULL,
	"catalogue" json NOT NULL,
	"challenge_keys" json NOT NULL,
	"version" integer NOT NULL,
	"created_at" bigint NOT NULL,
	"revoked_at" bigint
);
--> statement-breakpoint
CREATE TABLE "groups" (
	"name" text PRIMARY KEY NOT NULL,
	"members" jsonb NOT NULL,
	"version" integer NOT NULL,
	"created_at" bigint NOT NULL,
	"removed_at" bigint
);
--> statement-breakpoint
CREATE TABLE "invitations" (
	"hash" text PRIMARY KEY NOT NULL,
	"bootstrap" boolean NOT NULL,
	"name" text,
	"roles" jsonb NOT NULL,
	"recovers" text,
	"person" text,
	"invited_by" text,
	"created_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"taken_at" bigint
);
--> statement-breakpoint
CREATE TABLE "offers" (
	"challenge" text PRIMARY KEY NOT NULL,
	"purpose" text NOT NULL,
	"approver" text,
	"request" text,
	"context" json NOT NULL,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "passkeys" (
	"credential_id" text PRIMARY KEY NOT NULL,
	"approver" text NOT NULL,
	"label" text NOT NULL,
	"key" json NOT NULL,
	"counter" bigint NOT NULL,
	"backed_up" boolean NOT NULL,
	"transports" json NOT NULL,
	"aaguid" text NOT NULL,
	"created_at" bigint NOT NULL,
	"last_used_at" bigint,
	"revoked_at" bigint
);
--> statement-breakpoint
CREATE TABLE "provisioned" (
	"id" text PRIMARY KEY NOT NULL,
	"directory" text NOT NULL,
	"kind" text NOT NULL,
	"key" text NOT NULL,
	"external_id" text,
	"active" boolean NOT NULL,
	"attributes" json NOT NULL,
	"version" integer NOT NULL,
	"created_at" bigint NOT NULL,
	"modified_at" bigint NOT NULL,
	"seal" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"hash" text PRIMARY KEY NOT NULL,
	"id" text NOT NULL,
	"approver" text NOT NULL,
	"credential_id" text NOT NULL,
	"created_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "sessions_id_unique" UNIQUE("id")
);
--> statement-breakpoint
CREATE TABLE "observations" (
	"id" text PRIMARY KEY NOT NULL,
	"digest" text NOT NULL,
	"text" text NOT NULL,
	"base" integer NOT NULL,
	"started_by" text NOT NULL,
	"started_at" bigint NOT NULL,
	"ends_at" bigint NOT NULL,
	"ended_at" bigint,
	"same" bigint DEFAULT 0 NOT NULL,
	"terms" bigint DEFAULT 0 NOT NULL,
	"newly_allowed" bigint DEFAULT 0 NOT NULL,
	"newly_asked" bigint DEFAULT 0 NOT NULL,
	"newly_denied" bigint DEFAULT 0 NOT NULL,
	"failed" bigint DEFAULT 0 NOT NULL,
	"unknown" bigint DEFAULT 0 NOT NULL,
	"missed" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "observed_differences" (
	"observation" text NOT NULL,
	"key" text NOT NULL,
	"change" text NOT NULL,
	"agent" text NOT NULL,
	"audience" text NOT NULL,
	"name" text NOT NULL,
	"was" json NOT NULL,
	"would" json,
	"reason" text NOT NULL,
	"count" bigint NOT NULL,
	"last_at" bigint NOT NULL,
	"request" text,
	CONSTRAINT "observed_differences_observation_key_pk" PRIMARY KEY("observation","key")
);
--> statement-breakpoint
CREATE TABLE "policies" (
	"version" integer PRIMARY KEY NOT NULL,
	"digest" text NOT NULL,
	"text" text NOT NULL,
	"author" text,
	"request" text,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
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
	"selector_digest" text NOT NULL,
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
CREATE TABLE "consents" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "consents_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"request" text NOT NULL,
	"approver" text NOT NULL,
	"on_behalf_of" text,
	"credential_id" text NOT NULL,
	"consent" json NOT NULL,
	"given_at" bigint NOT NULL,
	"voided_at" bigint
);
--> statement-breakpoint
CREATE TABLE "entries" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "entries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"type" text NOT NULL,
	"at" bigint NOT NULL,
	"trace" uuid NOT NULL,
	"body" text NOT NULL,
	"leaf" "bytea" NOT NULL,
	"xid" "xid8" DEFAULT pg_current_xact_id() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"client" text NOT NULL,
	"endpoint" text NOT NULL,
	"key" text NOT NULL,
	"body_hash" text NOT NULL,
	"request" text NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "idempotency_keys_client_endpoint_key_pk" PRIMARY KEY("client","endpoint","key")
);
--> statement-breakpoint
CREATE TABLE "payloads" (
	"subject" text NOT NULL,
	"kind" text NOT NULL,
	"digest" text NOT NULL,
	"content" text NOT NULL,
	"words" "tsvector",
	CONSTRAINT "payloads_subject_kind_digest_pk" PRIMARY KEY("subject","kind","digest")
);
--> statement-breakpoint
CREATE TABLE "repeated_facts" (
	"id" text PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"trace" uuid NOT NULL,
	"members" json NOT NULL,
	"since" bigint NOT NULL,
	"until" bigint NOT NULL,
	"repeats" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "requests" (
	"id" text PRIMARY KEY NOT NULL,
	"trace" uuid NOT NULL,
	"txn" text NOT NULL,
	"door" text NOT NULL,
	"state" text NOT NULL,
	"origin" text NOT NULL,
	"agent" text NOT NULL,
	"actor" text NOT NULL,
	"act" json NOT NULL,
	"actors" jsonb NOT NULL,
	"principal" text NOT NULL,
	"audience" text NOT NULL,
	"executor_title" text NOT NULL,
	"name" text NOT NULL,
	"digest" text NOT NULL,
	"catalogue_entry" json NOT NULL,
	"preview_by" text,
	"preview_digest" text,
	"state_digest" text,
	"policy" text NOT NULL,
	"policy_version" integer NOT NULL,
	"policies" json NOT NULL,
	"why" text NOT NULL,
	"terms" json NOT NULL,
	"groups" jsonb NOT NULL,
	"quorum" integer NOT NULL,
	"effect" text NOT NULL,
	"irreversible" boolean NOT NULL,
	"separation" boolean,
	"consents" integer NOT NULL,
	"created_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"decided_at" bigint,
	"denied_by" text,
	"challenge_issuer" text,
	"challenge_jti" text,
	"grant_id" text,
	"jkt" text,
	"undoes" text,
	"proposed_by" text,
	"changes" text,
	"changed_by" text,
	"round" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "revisions" (
	"former" text NOT NULL,
	"approver" text NOT NULL,
	"revised" json NOT NULL,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "revisions_former_approver_pk" PRIMARY KEY("former","approver")
);
--> statement-breakpoint
CREATE TABLE "redemptions" (
	"jti" text NOT NULL,
	"use" integer NOT NULL,
	"request" text NOT NULL,
	"audience" text NOT NULL,
	"redeemed_at" bigint NOT NULL,
	"signature" text,
	"outcome" text,
	"reported_at" bigint,
	"missing_at" bigint,
	CONSTRAINT "redemptions_jti_use_pk" PRIMARY KEY("jti","use")
);
--> statement-breakpoint
CREATE TABLE "signing_keys" (
	"kid" text PRIMARY KEY NOT NULL,
	"alg" text NOT NULL,
	"public_jwk" json NOT NULL,
	"published_at" bigint NOT NULL,
	"signs_from" bigint NOT NULL,
	"retired_at" bigint
);
--> statement-breakpoint
CREATE TABLE "status_positions" (
	"one" boolean PRIMARY KEY NOT NULL,
	"next" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "token_texts" (
	"jti" text PRIMARY KEY NOT NULL,
	"claims" json NOT NULL,
	"signature" text,
	"kid" text
);
--> statement-breakpoint
CREATE TABLE "tokens" (
	"jti" text PRIMARY KEY NOT NULL,
	"request" text NOT NULL,
	"agent" text NOT NULL,
	"audience" text NOT NULL,
	"status_list" integer NOT NULL,
	"status_index" integer NOT NULL,
	"uses" integer NOT NULL,
	"issued_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"claims_digest" text NOT NULL,
	"revoked_at" bigint,
	"grant_id" text,
	"added" bigint NOT NULL,
	"permission_mark" text,
	CONSTRAINT "tokens_request_unique" UNIQUE("request")
);
--> statement-breakpoint
CREATE TABLE "used_proofs" (
	"id" text PRIMARY KEY NOT NULL,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "observed_differences" ADD CONSTRAINT "observed_differences_observation_observations_id_fk" FOREIGN KEY ("observation") REFERENCES "public"."observations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "grants_agent" ON "grants" USING btree ("agent","expires_at");--> statement-breakpoint
CREATE INDEX "history_calls_expires_at" ON "history_calls" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "history_scopes_expires_at" ON "history_scopes" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "history_totals_expires_at" ON "history_totals" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "leaves_prefix" ON "leaves" USING btree ("prefix");--> statement-breakpoint
CREATE INDEX "deliveries_due" ON "deliveries" USING btree ("channel","due_at") WHERE state = 'waiting';--> statement-breakpoint
CREATE INDEX "deliveries_created" ON "deliveries" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "deliveries_recipient" ON "deliveries" USING btree ("recipient","created_at");--> statement-breakpoint
CREATE INDEX "notices_due" ON "notices" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "push_devices_approver" ON "push_devices" USING btree ("approver");--> statement-breakpoint
CREATE INDEX "rings_held" ON "rings" USING btree ("due_at") WHERE state = 'held';--> statement-breakpoint
CREATE INDEX "rings_agent" ON "rings" USING btree ("agent","due_at");--> statement-breakpoint
CREATE INDEX "rings_subjects" ON "rings" USING gin ("subjects");--> statement-breakpoint
CREATE UNIQUE INDEX "absences_one_open" ON "absences" USING btree ("approver") WHERE ended_at IS NULL;--> statement-breakpoint
CREATE INDEX "absences_deputy" ON "absences" USING btree ("deputy") WHERE ended_at IS NULL;--> statement-breakpoint
CREATE INDEX "absences_approver" ON "absences" USING btree ("approver","from_at");--> statement-breakpoint
CREATE UNIQUE INDEX "agent_sessions_one_open" ON "agent_sessions" USING btree ("agent") WHERE ended_at IS NULL;--> statement-breakpoint
CREATE INDEX "agent_sessions_agent" ON "agent_sessions" USING btree ("agent","opened_at");--> statement-breakpoint
CREATE INDEX "credentials_subject" ON "credentials" USING btree ("kind","subject");--> statement-breakpoint
CREATE INDEX "passkeys_approver" ON "passkeys" USING btree ("approver");--> statement-breakpoint
CREATE UNIQUE INDEX "provisioned_key" ON "provisioned" USING btree ("directory","kind","key");--> statement-breakpoint
CREATE INDEX "provisioned_external" ON "provisioned" USING btree ("directory","kind","external_id");--> statement-breakpoint
CREATE UNIQUE INDEX "observations_one_open" ON "observations" USING btree ((ended_at IS NULL)) WHERE "observations"."ended_at" IS NULL;--> statement-breakpoint
CREATE INDEX "kill_switches_standing" ON "kill_switches" USING btree ("engaged_at_ms") WHERE released_at_ms IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "kill_switches_one_active" ON "kill_switches" USING btree ("selector_digest") WHERE released_at_ms IS NULL;--> statement-breakpoint
CREATE INDEX "stops_at" ON "stops" USING btree ("at_ms");--> statement-breakpoint
CREATE INDEX "stops_killswitch" ON "stops" USING btree ("killswitch") WHERE killswitch IS NOT NULL;--> statement-breakpoint
CREATE INDEX "consents_request" ON "consents" USING btree ("request");--> statement-breakpoint
CREATE UNIQUE INDEX "consents_one_per_human" ON "consents" USING btree ("request","approver") WHERE voided_at IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "consents_one_per_place" ON "consents" USING btree ("request",coalesce(on_behalf_of, approver)) WHERE voided_at IS NULL;--> statement-breakpoint
CREATE INDEX "consents_on_behalf_of" ON "consents" USING btree ("on_behalf_of") WHERE on_behalf_of IS NOT NULL;--> statement-breakpoint
CREATE INDEX "consents_credential" ON "consents" USING btree ("credential_id","given_at");--> statement-breakpoint
CREATE INDEX "consents_approver" ON "consents" USING btree ("approver") WHERE voided_at IS NULL;--> statement-breakpoint
CREATE INDEX "entries_trace" ON "entries" USING btree ("trace");--> statement-breakpoint
CREATE INDEX "entries_sequence" ON "entries" USING btree ("xid","id");--> statement-breakpoint
CREATE INDEX "entries_configuration" ON "entries" USING btree ("id") WHERE split_part(type, '.', 1) NOT IN ('request', 'consent', 'token', 'outcome', 'call', 'payload', 'scim');--> statement-breakpoint
CREATE INDEX "entries_enrolled" ON "entries" USING btree (substring(body FROM '"approver":"([^"]*)"')) WHERE type = 'approver.enrolled';--> statement-breakpoint
CREATE INDEX "idempotency_keys_created_at" ON "idempotency_keys" USING brin ("created_at");--> statement-breakpoint
CREATE INDEX "payloads_words" ON "payloads" USING gin ("words") WHERE words IS NOT NULL;--> statement-breakpoint
CREATE INDEX "repeated_facts_until" ON "repeated_facts" USING btree ("until");--> statement-breakpoint
CREATE INDEX "requests_created_at" ON "requests" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "requests_agent" ON "requests" USING btree ("agent","created_at","id");--> statement-breakpoint
CREATE INDEX "requests_principal" ON "requests" USING btree ("principal","created_at","id");--> statement-breakpoint
CREATE INDEX "requests_audience" ON "requests" USING btree ("audience","created_at","id");--> statement-breakpoint
CREATE INDEX "requests_name" ON "requests" USING btree ("name","created_at","id");--> statement-breakpoint
CREATE INDEX "requests_state" ON "requests" USING btree ("state","created_at","id") WHERE state <> 'approved';--> statement-breakpoint
CREATE INDEX "requests_human" ON "requests" USING btree ("created_at","id") WHERE origin = 'human';--> statement-breakpoint
CREATE INDEX "requests_destructive" ON "requests" USING btree ("created_at","id") WHERE effect = 'destructive';--> statement-breakpoint
CREATE INDEX "requests_irreversible" ON "requests" USING btree ("created_at","id") WHERE irreversible;--> statement-breakpoint
CREATE INDEX "requests_denied_by" ON "requests" USING btree ("denied_by") WHERE denied_by IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "requests_challenge" ON "requests" USING btree ("challenge_issuer","challenge_jti") WHERE challenge_jti IS NOT NULL;--> statement-breakpoint
CREATE INDEX "requests_actors" ON "requests" USING gin ("actors") WHERE actors <> '[]';--> statement-breakpoint
CREATE INDEX "requests_grant" ON "requests" USING btree ("grant_id") WHERE grant_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX "requests_undoes" ON "requests" USING btree ("undoes") WHERE undoes IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "requests_undo_waits" ON "requests" USING btree ("undoes") WHERE undoes IS NOT NULL AND state = 'pending';--> statement-breakpoint
CREATE UNIQUE INDEX "requests_changes" ON "requests" USING btree ("changes") WHERE changes IS NOT NULL;--> statement-breakpoint
CREATE INDEX "requests_pending_agent" ON "requests" USING btree ("agent","expires_at") WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX "requests_pending_group" ON "requests" USING gin ("groups") WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX "requests_pending" ON "requests" USING btree ("expires_at","id") WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX "requests_decided" ON "requests" USING btree ("decided_at","id") WHERE origin = 'human' AND decided_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX "redemptions_redeemed_at" ON "redemptions" USING brin ("redeemed_at");--> statement-breakpoint
CREATE INDEX "redemptions_failed" ON "redemptions" USING btree ("outcome") WHERE outcome <> 'succeeded';--> statement-breakpoint
CREATE INDEX "redemptions_missing" ON "redemptions" USING btree ("missing_at") WHERE missing_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX "tokens_grant" ON "tokens" USING btree ("grant_id") WHERE grant_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX "tokens_expires_at" ON "tokens" USING brin ("expires_at");--> statement-breakpoint
CREATE INDEX "tokens_revoked" ON "tokens" USING btree ("status_list","status_index") WHERE revoked_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX "tokens_revoked_expires_at" ON "tokens" USING btree ("expires_at") WHERE revoked_at IS NOT NULL;