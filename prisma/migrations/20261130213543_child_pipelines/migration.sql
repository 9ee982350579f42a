-- CreateTable
CREATE TABLE "ChildPipeline" (
    "triggerId" TEXT NOT NULL,
    "pipelineId" BIGINT NOT NULL,

    PRIMARY KEY ("triggerId", "pipelineId"),
    CONSTRAINT "ChildPipeline_triggerId_fkey" FOREIGN KEY ("triggerId") REFERENCES "Trigger" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "ChildPipeline_pipelineId_idx" ON "ChildPipeline"("pipelineId");
