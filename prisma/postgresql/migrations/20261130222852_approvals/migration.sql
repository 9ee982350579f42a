-- DropIndex
DROP INDEX "Callback_triggerId_key";

-- AlterTable
ALTER TABLE "Trigger" ADD COLUMN     "timeoutAt" TIMESTAMP(3);

-- AlterTable
ALTER TABLE "Callback" ADD COLUMN     "event" TEXT NOT NULL DEFAULT 'outcome';

-- CreateIndex
CREATE INDEX "Trigger_timeoutAt_idx" ON "Trigger"("timeoutAt");

-- CreateIndex
CREATE INDEX "Callback_triggerId_idx" ON "Callback"("triggerId");
