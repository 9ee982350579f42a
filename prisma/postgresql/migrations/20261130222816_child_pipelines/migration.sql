-- CreateTable
CREATE TABLE "ChildPipeline" (
    "triggerId" TEXT NOT NULL,
    "pipelineId" BIGINT NOT NULL,

    CONSTRAINT "ChildPipeline_pkey" PRIMARY KEY ("triggerId","pipelineId")
);

-- CreateIndex
CREATE INDEX "ChildPipeline_pipelineId_idx" ON "ChildPipeline"("pipelineId");

-- AddForeignKey
ALTER TABLE "ChildPipeline" ADD CONSTRAINT "ChildPipeline_triggerId_fkey" FOREIGN KEY ("triggerId") REFERENCES "Trigger"("id") ON DELETE CASCADE ON UPDATE CASCADE;
