-- AlterTable
ALTER TABLE "Delivery" ADD COLUMN "secretOrigin" TEXT;
