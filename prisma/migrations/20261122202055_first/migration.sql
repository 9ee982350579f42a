-- CreateTable
CREATE TABLE "Trigger" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "version" INTEGER NOT NULL,
    "caller" TEXT NOT NULL,
    "idempotencyKey" TEXT,
    "requestDigest" TEXT,
    "project" TEXT NOT NULL,
    "ref" TEXT NOT NULL,
    "pending" BOOLEAN NOT NULL,
    "open" BOOLEAN NOT NULL,
    "pipelineId" BIGINT,
    "upstreamPipelineId" BIGINT,
    "createdAt" DATETIME NOT NULL,
    "newsAt" DATETIME NOT NULL,
    "deadlineAt" DATETIME NOT NULL,
    "finishedAt" DATETIME,
    "body" TEXT NOT NULL,
    "secrets" TEXT
);

-- CreateTable
CREATE TABLE "TimelineEntry" (
    "sequence" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "triggerId" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "entry" TEXT NOT NULL,
    CONSTRAINT "TimelineEntry_triggerId_fkey" FOREIGN KEY ("triggerId") REFERENCES "Trigger" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Delivery" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "receivedAt" DATETIME NOT NULL,
    "event" TEXT NOT NULL,
    "instance" TEXT,
    "userAgent" TEXT,
    "pipelineId" BIGINT,
    "result" TEXT NOT NULL,
    "reason" TEXT,
    "body" TEXT
);

-- CreateTable
CREATE TABLE "PlayedJob" (
    "gitlabUrl" TEXT NOT NULL,
    "jobId" BIGINT NOT NULL,
    "triggerId" TEXT NOT NULL,

    PRIMARY KEY ("gitlabUrl", "jobId")
);

-- CreateTable
CREATE TABLE "PrunedTrigger" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "prunedAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "Trigger_open_newsAt_idx" ON "Trigger"("open", "newsAt");

-- CreateIndex
CREATE INDEX "Trigger_pending_deadlineAt_idx" ON "Trigger"("pending", "deadlineAt");

-- CreateIndex
CREATE INDEX "Trigger_pipelineId_idx" ON "Trigger"("pipelineId");

-- CreateIndex
CREATE INDEX "Trigger_upstreamPipelineId_idx" ON "Trigger"("upstreamPipelineId");

-- CreateIndex
CREATE INDEX "Trigger_createdAt_id_idx" ON "Trigger"("createdAt", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Trigger_caller_idempotencyKey_key" ON "Trigger"("caller", "idempotencyKey");

-- CreateIndex
CREATE INDEX "TimelineEntry_triggerId_sequence_idx" ON "TimelineEntry"("triggerId", "sequence");

-- CreateIndex
CREATE INDEX "Delivery_pipelineId_idx" ON "Delivery"("pipelineId");

-- CreateIndex
CREATE INDEX "Delivery_receivedAt_id_idx" ON "Delivery"("receivedAt", "id");
