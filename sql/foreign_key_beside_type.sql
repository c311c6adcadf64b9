-- A foreign key that a script drops and adds again around a change of type, as Django
-- does for a BigAutoField, goes in the transaction in which it comes again: nobody
-- writes a row without it.  The names may differ.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE TABLE owners (id serial PRIMARY KEY, name text);
CREATE TABLE cats (id serial PRIMARY KEY, owner_id int NOT NULL CONSTRAINT cats_fk REFERENCES owners DEFERRABLE INITIALLY DEFERRED);
CREATE INDEX ON cats (owner_id);
INSERT INTO owners (name) SELECT i FROM generate_series(1, 50) i;
INSERT INTO cats (owner_id) SELECT i FROM generate_series(1, 50) i;
-- both ends
SELECT gradual.define('big', $$
    SET CONSTRAINTS "cats_fk" IMMEDIATE; ALTER TABLE "cats" DROP CONSTRAINT "cats_fk";
    ALTER TABLE "owners" ALTER COLUMN "id" TYPE bigint USING "id"::bigint;
    ALTER SEQUENCE IF EXISTS "owners_id_seq" AS bigint;
    ALTER TABLE "cats" ALTER COLUMN "owner_id" TYPE bigint USING "owner_id"::bigint;
    ALTER TABLE "cats" ADD CONSTRAINT "cats_owner_fk" FOREIGN KEY ("owner_id") REFERENCES "owners" ("id") DEFERRABLE INITIALLY DEFERRED;
$$);
SELECT phase, action FROM gradual.plan('big') WHERE action LIKE '%constraint%' OR action LIKE 'change%';
SELECT gradual.start('big');
CALL gradual.wait('big');
INSERT INTO cats (owner_id) VALUES (51);
SELECT gradual.rollback('big');
CALL gradual.wait('big');
SELECT conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint WHERE conrelid = 'cats'::regclass AND contype = 'f';
SELECT gradual.start('big');
CALL gradual.wait('big');
INSERT INTO cats (owner_id) VALUES (51);
SELECT gradual.complete('big');
CALL gradual.wait('big');
SELECT status FROM gradual.ledger WHERE name = 'big';
SELECT conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint WHERE conrelid = 'cats'::regclass AND contype = 'f';
INSERT INTO cats (owner_id) VALUES (51);
-- one end, of the same name, in one statement
SELECT phase, action FROM gradual.explain($$
    ALTER TABLE cats DROP CONSTRAINT cats_owner_fk, ALTER owner_id TYPE int,
        ADD CONSTRAINT cats_owner_fk FOREIGN KEY (owner_id) REFERENCES owners
$$) WHERE action LIKE '%constraint%';
-- without a change of type it is exchanged before ready
SELECT phase, action FROM gradual.explain($$
    ALTER TABLE cats DROP CONSTRAINT cats_owner_fk;
    ALTER TABLE cats ADD CONSTRAINT other FOREIGN KEY (owner_id) REFERENCES owners ON DELETE CASCADE
$$);
-- rows that change in between do so without it
SELECT phase, action FROM gradual.explain($$
    ALTER TABLE cats DROP CONSTRAINT cats_owner_fk;
    UPDATE cats SET owner_id = owner_id + 1000;
    ALTER TABLE cats ALTER owner_id TYPE int;
    ALTER TABLE cats ADD CONSTRAINT other FOREIGN KEY (owner_id) REFERENCES owners
$$) WHERE action LIKE '%constraint%' OR action LIKE 'update%';
-- partitions, too, have it from the swap on, though their table gets it later before PostgreSQL 18
CREATE TABLE dogs (id int PRIMARY KEY, owner_id int CONSTRAINT dogs_fk REFERENCES owners) PARTITION BY RANGE (id);
CREATE TABLE dogs_1 PARTITION OF dogs FOR VALUES FROM (1) TO (100);
INSERT INTO dogs SELECT i, i FROM generate_series(1, 50) i;
SELECT phase, action FROM gradual.explain($$
    ALTER TABLE dogs DROP CONSTRAINT dogs_fk;
    ALTER TABLE dogs ALTER owner_id TYPE bigint;
    ALTER TABLE dogs ADD CONSTRAINT dogs_owner_fk FOREIGN KEY (owner_id) REFERENCES owners
$$) WHERE action LIKE '%constraint%' ORDER BY step LIMIT 2;
DROP TABLE dogs, cats, owners;
