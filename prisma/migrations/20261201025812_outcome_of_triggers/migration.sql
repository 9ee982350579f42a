-- AlterTable
ALTER TABLE "Trigger" ADD COLUMN "outcome" TEXT;

-- CreateIndex
CREATE INDEX "Trigger_project_ref_outcome_finishedAt_idx" ON "Trigger"("project", "ref", "outcome", "finishedAt");
