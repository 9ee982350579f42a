-- CreateIndex
CREATE INDEX "PlayedJob_triggerId_idx" ON "PlayedJob"("triggerId");

-- CreateIndex
CREATE INDEX "Trigger_project_createdAt_id_idx" ON "Trigger"("project", "createdAt", "id");

-- CreateIndex
CREATE INDEX "Trigger_ref_createdAt_id_idx" ON "Trigger"("ref", "createdAt", "id");

-- CreateIndex
CREATE INDEX "Trigger_caller_createdAt_id_idx" ON "Trigger"("caller", "createdAt", "id");

-- CreateIndex
CREATE INDEX "Trigger_finishedAt_idx" ON "Trigger"("finishedAt");
