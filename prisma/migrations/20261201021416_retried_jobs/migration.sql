-- CreateTable
CREATE TABLE "RetriedJob" (
    "gitlabUrl" TEXT NOT NULL,
    "jobId" BIGINT NOT NULL,
    "project" TEXT NOT NULL,
    "triggerId" TEXT NOT NULL,
    "at" DATETIME NOT NULL,

    PRIMARY KEY ("gitlabUrl", "jobId")
);

-- CreateIndex
CREATE INDEX "RetriedJob_gitlabUrl_project_at_idx" ON "RetriedJob"("gitlabUrl", "project", "at");

-- CreateIndex
CREATE INDEX "RetriedJob_triggerId_idx" ON "RetriedJob"("triggerId");
