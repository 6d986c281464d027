CREATE TABLE "agents" (
	"id" text PRIMARY KEY NOT NULL,
	"principals" json NOT NULL,
	"run_by" text,
	"created_at" bigint NOT NULL,
	"revoked_at" bigint
);
--> statement-breakpoint
CREATE TABLE "approvers" (
	"id" text PRIMARY KEY NOT NULL,
	"roles" jsonb NOT NULL,
	"created_at" bigint NOT NULL,
	"removed_at" bigint
);
--> statement-breakpoint
CREATE TABLE "consents" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "consents_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"request" text NOT NULL,
	"approver" text NOT NULL,
	"credential_id" text NOT NULL,
	"consent" json NOT NULL,
	"given_at" bigint NOT NULL,
	"voided_at" bigint
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
CREATE TABLE "entries" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "entries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"type" text NOT NULL,
	"at" bigint NOT NULL,
	"trace" uuid NOT NULL,
	"body" text NOT NULL,
	"leaf" "bytea" NOT NULL
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
CREATE TABLE "invitations" (
	"hash" text PRIMARY KEY NOT NULL,
	"bootstrap" boolean NOT NULL,
	"name" text,
	"roles" jsonb NOT NULL,
	"invited_by" text,
	"request" text,
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
CREATE TABLE "payloads" (
	"subject" text NOT NULL,
	"kind" text NOT NULL,
	"digest" text NOT NULL,
	"content" text NOT NULL,
	CONSTRAINT "payloads_subject_kind_digest_pk" PRIMARY KEY("subject","kind","digest")
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
	CONSTRAINT "redemptions_jti_use_pk" PRIMARY KEY("jti","use")
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
	"principal" text NOT NULL,
	"audience" text NOT NULL,
	"executor_title" text NOT NULL,
	"name" text NOT NULL,
	"digest" text NOT NULL,
	"catalogue_entry" json NOT NULL,
	"preview_by" text,
	"preview_digest" text,
	"policy" text NOT NULL,
	"terms" json NOT NULL,
	"approvers" text NOT NULL,
	"quorum" integer NOT NULL,
	"separation" boolean,
	"consents" integer NOT NULL,
	"created_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"decided_at" bigint,
	"challenge_issuer" text,
	"challenge_jti" text
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"hash" text PRIMARY KEY NOT NULL,
	"approver" text NOT NULL,
	"created_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL
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
	"signature" text
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
	"revoked_at" bigint,
	CONSTRAINT "tokens_request_unique" UNIQUE("request")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "consents_one_per_human" ON "consents" USING btree ("request","approver") WHERE voided_at IS NULL;--> statement-breakpoint
CREATE INDEX "consents_credential" ON "consents" USING btree ("credential_id","given_at");--> statement-breakpoint
CREATE INDEX "credentials_subject" ON "credentials" USING btree ("kind","subject");--> statement-breakpoint
CREATE INDEX "entries_trace" ON "entries" USING btree ("trace");--> statement-breakpoint
CREATE INDEX "idempotency_keys_created_at" ON "idempotency_keys" USING brin ("created_at");--> statement-breakpoint
CREATE INDEX "passkeys_approver" ON "passkeys" USING btree ("approver");--> statement-breakpoint
CREATE UNIQUE INDEX "requests_challenge" ON "requests" USING btree ("challenge_issuer","challenge_jti") WHERE challenge_jti IS NOT NULL;--> statement-breakpoint
CREATE INDEX "requests_pending_agent" ON "requests" USING btree ("agent","expires_at") WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX "requests_pending_group" ON "requests" USING btree ("approvers","expires_at") WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX "requests_decided" ON "requests" USING btree ("approvers","decided_at") WHERE origin = 'human' AND decided_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX "tokens_expires_at" ON "tokens" USING brin ("expires_at");--> statement-breakpoint
CREATE INDEX "tokens_revoked" ON "tokens" USING btree ("status_list","status_index") WHERE revoked_at IS NOT NULL;