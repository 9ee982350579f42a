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
    "observedAt" DATETIME NOT NULL,
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
    "cause" TEXT,
    "isNote" BOOLEAN NOT NULL DEFAULT false,
    "count" INTEGER NOT NULL DEFAULT 1,
    "until" DATETIME,
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

-- CreateTable
CREATE TABLE "ApiKey" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "projects" TEXT,
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME,
    "lastUsedAt" DATETIME,
    "revokedAt" DATETIME
);

-- CreateTable
CREATE TABLE "AuditEntry" (
    "sequence" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "at" DATETIME NOT NULL,
    "actor" TEXT NOT NULL,
    "from" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "subject" TEXT,
    "details" TEXT NOT NULL,
    "requestId" TEXT
);

-- CreateTable
CREATE TABLE "Callback" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "triggerId" TEXT NOT NULL,
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

-- CreateIndex
CREATE INDEX "Trigger_open_observedAt_idx" ON "Trigger"("open", "observedAt");

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

-- CreateIndex
CREATE UNIQUE INDEX "ApiKey_digest_key" ON "ApiKey"("digest");

-- CreateIndex
CREATE INDEX "AuditEntry_at_idx" ON "AuditEntry"("at");

-- CreateIndex
CREATE INDEX "AuditEntry_actor_sequence_idx" ON "AuditEntry"("actor", "sequence");

-- CreateIndex
CREATE INDEX "AuditEntry_subject_sequence_idx" ON "AuditEntry"("subject", "sequence");

-- CreateIndex
CREATE UNIQUE INDEX "Callback_triggerId_key" ON "Callback"("triggerId");

-- CreateIndex
CREATE INDEX "Callback_state_dueAt_idx" ON "Callback"("state", "dueAt");

-- CreateIndex
CREATE INDEX "Callback_createdAt_id_idx" ON "Callback"("createdAt", "id");
