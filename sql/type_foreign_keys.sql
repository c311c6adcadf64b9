-- Foreign keys of both ends come along, and are planned together; what cannot
-- refer to its key any more is refused in PostgreSQL's words.
\pset format unaligned
\pset tuples_only on
CREATE TABLE parents (id int PRIMARY KEY, code text UNIQUE);
CREATE TABLE kids (id int PRIMARY KEY, parent int REFERENCES parents ON DELETE CASCADE, code text REFERENCES parents (code), elder int REFERENCES kids);
INSERT INTO parents SELECT i, 'c' || i FROM generate_series(1, 20) i;
INSERT INTO kids SELECT i, i, 'c' || i, i FROM generate_series(1, 20) i;

-- One end will not do
SELECT FROM gradual.explain('ALTER TABLE parents ALTER id TYPE text');
SELECT FROM gradual.explain('ALTER TABLE kids ALTER elder TYPE text');
SELECT FROM gradual.explain('ALTER TABLE parents ALTER code TYPE int USING substr(code, 2)::int');
-- .. both at once do
SELECT count(*) > 0 FROM gradual.explain('ALTER TABLE kids ALTER id TYPE text, ALTER elder TYPE text');
-- .. and if the key is gone
SELECT count(*) > 0 FROM gradual.explain('ALTER TABLE kids DROP CONSTRAINT kids_parent_fkey; ALTER TABLE parents ALTER id TYPE text');

SELECT phase, action, target, lock_mode FROM gradual.explain('ALTER TABLE parents ALTER id TYPE bigint') WHERE phase IN ('prepare', 'swap');
SELECT phase, action, target, lock_mode FROM gradual.explain('ALTER TABLE parents ALTER id TYPE bigint; ALTER TABLE kids ALTER parent TYPE bigint') WHERE phase IN ('prepare', 'swap');

-- A key that the script adds before is one of them; one that it adds after is not
SELECT phase, statement, action FROM gradual.explain('CREATE TABLE others (parent int REFERENCES parents); ALTER TABLE parents ALTER id TYPE bigint; CREATE TABLE more (parent bigint REFERENCES parents)')
    WHERE phase <> 'backfill';
CALL gradual.run('ids', 'CREATE TABLE others (parent int REFERENCES parents); ALTER TABLE parents ALTER id TYPE bigint; ALTER TABLE kids ALTER parent TYPE bigint; CREATE TABLE more (parent bigint REFERENCES parents)');
SELECT conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY 1, 2;
INSERT INTO others VALUES (3);
INSERT INTO others VALUES (77);
-- one key alone: which of several complains first is a matter of OIDs
DELETE FROM kids WHERE id = 3;
DELETE FROM parents WHERE id = 3;

DROP TABLE parents, kids, others, more;
