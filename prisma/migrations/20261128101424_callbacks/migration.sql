-- CreateTable
CREATE TABLE "Callback" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "triggerId" TEXT NOT NULL,
    "origin" TEXT NOT NULL,
    "url" TEXT,
    "state" TEXT NOT NULL,
    "tries" INTEGER NOT NULL,
    "lastStatus" INTEGER,
    "lastTrouble" TEXT,
    "createdAt" DATETIME NOT NULL,
    "triedSince" DATETIME,
    "lastTriedAt" DATETIME,
    "dueAt" DATETIME
);

-- CreateIndex
CREATE UNIQUE INDEX "Callback_triggerId_key" ON "Callback"("triggerId");

-- CreateIndex
CREATE INDEX "Callback_state_dueAt_idx" ON "Callback"("state", "dueAt");

-- CreateIndex
CREATE INDEX "Callback_createdAt_id_idx" ON "Callback"("createdAt", "id");
