-- CreateTable
CREATE TABLE "Trigger" (
    "id" TEXT NOT NULL,
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
    "createdAt" TIMESTAMP(3) NOT NULL,
    "observedAt" TIMESTAMP(3) NOT NULL,
    "deadlineAt" TIMESTAMP(3) NOT NULL,
    "finishedAt" TIMESTAMP(3),
    "body" TEXT NOT NULL,
    "secrets" TEXT,

    CONSTRAINT "Trigger_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "TimelineEntry" (
    "sequence" BIGSERIAL NOT NULL,
    "triggerId" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "entry" TEXT NOT NULL,
    "cause" TEXT,
    "isNote" BOOLEAN NOT NULL DEFAULT false,
    "count" INTEGER NOT NULL DEFAULT 1,
    "until" TIMESTAMP(3),

    CONSTRAINT "TimelineEntry_pkey" PRIMARY KEY ("sequence")
);

-- CreateTable
CREATE TABLE "Delivery" (
    "id" TEXT NOT NULL,
    "receivedAt" TIMESTAMP(3) NOT NULL,
    "event" TEXT NOT NULL,
    "instance" TEXT,
    "userAgent" TEXT,
    "secretOrigin" TEXT,
    "pipelineId" BIGINT,
    "result" TEXT NOT NULL,
    "reason" TEXT,
    "body" TEXT,

    CONSTRAINT "Delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "PlayedJob" (
    "gitlabUrl" TEXT NOT NULL,
    "jobId" BIGINT NOT NULL,
    "triggerId" TEXT NOT NULL,

    CONSTRAINT "PlayedJob_pkey" PRIMARY KEY ("gitlabUrl","jobId")
);

-- CreateTable
CREATE TABLE "PrunedTrigger" (
    "id" TEXT NOT NULL,
    "prunedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "PrunedTrigger_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ApiKey" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "projects" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "expiresAt" TIMESTAMP(3),
    "lastUsedAt" TIMESTAMP(3),
    "revokedAt" TIMESTAMP(3),

    CONSTRAINT "ApiKey_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AuditEntry" (
    "sequence" BIGSERIAL NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "actor" TEXT NOT NULL,
    "from" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "subject" TEXT,
    "details" TEXT NOT NULL,
    "requestId" TEXT,

    CONSTRAINT "AuditEntry_pkey" PRIMARY KEY ("sequence")
);

-- CreateTable
CREATE TABLE "Callback" (
    "id" TEXT NOT NULL,
    "triggerId" TEXT NOT NULL,
    "origin" TEXT NOT NULL,
    "url" TEXT,
    "state" TEXT NOT NULL,
    "tries" INTEGER NOT NULL,
    "lastStatus" INTEGER,
    "lastError" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "triedSince" TIMESTAMP(3),
    "lastTriedAt" TIMESTAMP(3),
    "dueAt" TIMESTAMP(3),

    CONSTRAINT "Callback_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Process" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Process_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Claim" (
    "name" TEXT NOT NULL,
    "processId" TEXT NOT NULL,

    CONSTRAINT "Claim_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE INDEX "Trigger_open_observedAt_idx" ON "Trigger"("open", "observedAt");

-- CreateIndex
CREATE INDEX "Trigger_pending_deadlineAt_idx" ON "Trigger"("pending", "deadlineAt");

-- CreateIndex
CREATE INDEX "Trigger_caller_pending_idx" ON "Trigger"("caller", "pending");

-- CreateIndex
CREATE INDEX "Trigger_pipelineId_idx" ON "Trigger"("pipelineId");

-- CreateIndex
CREATE INDEX "Trigger_upstreamPipelineId_idx" ON "Trigger"("upstreamPipelineId");

-- CreateIndex
CREATE INDEX "Trigger_createdAt_id_idx" ON "Trigger"("createdAt", "id");

-- CreateIndex
CREATE INDEX "Trigger_project_createdAt_id_idx" ON "Trigger"("project", "createdAt", "id");

-- CreateIndex
CREATE INDEX "Trigger_ref_createdAt_id_idx" ON "Trigger"("ref", "createdAt", "id");

-- CreateIndex
CREATE INDEX "Trigger_caller_createdAt_id_idx" ON "Trigger"("caller", "createdAt", "id");

-- CreateIndex
CREATE INDEX "Trigger_finishedAt_idx" ON "Trigger"("finishedAt");

-- CreateIndex
CREATE UNIQUE INDEX "Trigger_caller_idempotencyKey_key" ON "Trigger"("caller", "idempotencyKey");

-- CreateIndex
CREATE INDEX "TimelineEntry_triggerId_sequence_idx" ON "TimelineEntry"("triggerId", "sequence");

-- CreateIndex
CREATE INDEX "Delivery_pipelineId_idx" ON "Delivery"("pipelineId");

-- CreateIndex
CREATE INDEX "Delivery_receivedAt_id_idx" ON "Delivery"("receivedAt", "id");

-- CreateIndex
CREATE INDEX "PlayedJob_triggerId_idx" ON "PlayedJob"("triggerId");

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

-- CreateIndex
CREATE INDEX "Claim_processId_idx" ON "Claim"("processId");

-- AddForeignKey
ALTER TABLE "TimelineEntry" ADD CONSTRAINT "TimelineEntry_triggerId_fkey" FOREIGN KEY ("triggerId") REFERENCES "Trigger"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Claim" ADD CONSTRAINT "Claim_processId_fkey" FOREIGN KEY ("processId") REFERENCES "Process"("id") ON DELETE CASCADE ON UPDATE CASCADE;
