-- The enum swap that Prisma writes: a new type, the column's change, and then the
-- names change places.  It ends as psql leaves it, and the application may
-- write what the new type does not have until complete.
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
CREATE TYPE "Role" AS ENUM ('A', 'B', 'C');
CREATE TABLE "User" (id int PRIMARY KEY, "role" "Role" NOT NULL DEFAULT 'A', other text);
INSERT INTO "User" SELECT i, CASE WHEN i % 2 = 0 THEN 'A' ELSE 'B' END::"Role" FROM generate_series(1, 50) i;
CREATE INDEX "User_role_idx" ON "User" ("role", other);
SELECT gradual.define('prisma', $$
BEGIN;
CREATE TYPE "Role_new" AS ENUM ('A', 'B');
ALTER TABLE "User" ALTER COLUMN "role" DROP DEFAULT;
ALTER TABLE "User" ALTER COLUMN "role" TYPE "Role_new" USING ("role"::text::"Role_new");
ALTER TYPE "Role" RENAME TO "Role_old";
ALTER TYPE "Role_new" RENAME TO "Role";
DROP TYPE "Role_old";
ALTER TABLE "User" ALTER COLUMN "role" SET DEFAULT 'A';
COMMIT;
$$);
SELECT phase, statement, action FROM gradual.plan('prisma') ORDER BY step;
SELECT gradual.start('prisma');
CALL gradual.wait('prisma');
INSERT INTO "User" VALUES (51, 'C'), (52, 'B');
SELECT gradual.complete('prisma');
CALL gradual.wait('prisma');
UPDATE "User" SET "role" = 'A' WHERE "role" = 'C';
SELECT gradual.complete('prisma');
CALL gradual.wait('prisma');
\d "User"
SELECT enum_range(NULL::"Role");
SELECT typname FROM pg_type WHERE typname LIKE 'Role%';
INSERT INTO "User" VALUES (53);
SELECT "role", count(*) FROM "User" GROUP BY 1 ORDER BY 1;

DROP TABLE "User";
DROP TYPE "Role";
