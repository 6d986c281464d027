CREATE INDEX "redemptions_redeemed_at" ON "redemptions" USING brin ("redeemed_at");--> statement-breakpoint
CREATE INDEX "requests_created_at" ON "requests" USING brin ("created_at");