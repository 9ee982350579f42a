-- CreateIndex
CREATE INDEX "Trigger_caller_pending_idx" ON "Trigger"("caller", "pending");
