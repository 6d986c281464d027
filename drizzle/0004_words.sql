ALTER TABLE "payloads" ADD COLUMN "words" "tsvector";--> statement-breakpoint
CREATE INDEX "payloads_words" ON "payloads" USING gin ("words") WHERE words IS NOT NULL;