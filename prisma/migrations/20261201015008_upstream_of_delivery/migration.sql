-- AlterTable
ALTER TABLE "Delivery" ADD COLUMN "upstreamId" BIGINT;

-- CreateIndex
CREATE INDEX "Delivery_upstreamId_idx" ON "Delivery"("upstreamId");
