-- AlterTable
ALTER TABLE "Trigger" ADD COLUMN "timeoutAt" DATETIME;

-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_Callback" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "triggerId" TEXT NOT NULL,
    "event" TEXT NOT NULL DEFAULT 'outcome',
    "origin" TEXT NOT NULL,
    "url" TEXT,
    "state" TEXT NOT NULL,
    "tries" INTEGER NOT NULL,
    "lastStatus" INTEGER,
    "lastError" TEXT,
    "createdAt" DATETIME NOT NULL,
    "triedSince" DATETIME,
    "lastTriedAt" DATETIME,
    "dueAt" DATETIME
);
INSERT INTO "new_Callback" ("createdAt", "dueAt", "id", "lastError", "lastStatus", "lastTriedAt", "origin", "state", "triedSince", "tries", "triggerId", "url") SELECT "createdAt", "dueAt", "id", "lastError", "lastStatus", "lastTriedAt", "origin", "state", "triedSince", "tries", "triggerId", "url" FROM "Callback";
DROP TABLE "Callback";
ALTER TABLE "new_Callback" RENAME TO "Callback";
CREATE INDEX "Callback_state_dueAt_idx" ON "Callback"("state", "dueAt");
CREATE INDEX "Callback_triggerId_idx" ON "Callback"("triggerId");
CREATE INDEX "Callback_createdAt_id_idx" ON "Callback"("createdAt", "id");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;

-- CreateIndex
CREATE INDEX "Trigger_timeoutAt_idx" ON "Trigger"("timeoutAt");
