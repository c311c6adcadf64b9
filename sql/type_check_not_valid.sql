-- Rows that violate a CHECK which the script itself adds as NOT VALID do not
-- stop a change of type, before or after it; where the CHECK is there already
-- the plan says that they would, and rolling back leaves all as it was.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE SCHEMA plain;
CREATE SCHEMA online;
SELECT format('CREATE TABLE %1$I.items (id int PRIMARY KEY, qty int, born date); INSERT INTO %1$I.items SELECT i, i, ''2024-01-01'' FROM generate_series(1, 100) i', s) FROM unnest('{plain,online}'::text[]) s \gexec
\set script 'ALTER TABLE items ADD CONSTRAINT few CHECK (qty < 5) NOT VALID; ALTER TABLE items ALTER born TYPE timestamp; ALTER TABLE items ALTER qty TYPE bigint; ALTER TABLE items ADD CONSTRAINT old CHECK (born < ''2000-01-01'') NOT VALID'
SET search_path = plain;
:script;
SET search_path = online;
SELECT gradual.define('items', :'script');
SELECT step, phase, action FROM gradual.plan('items');
SELECT gradual.start('items');
CALL gradual.wait('items');
SELECT conname, convalidated, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'items'::regclass AND contype = 'c' ORDER BY 1;
SELECT gradual.complete('items');
CALL gradual.wait('items');
SELECT gradual_test.shape('plain') EXCEPT SELECT gradual_test.shape('online');
SELECT gradual_test.shape('online') EXCEPT SELECT gradual_test.shape('plain');
INSERT INTO items (id, qty) VALUES (0, 9);

-- It is there already
SELECT gradual.define('again', 'ALTER TABLE items ALTER id TYPE bigint');
SELECT note FROM gradual.plan('again') WHERE phase = 'backfill';
SELECT gradual.start('again');
CALL gradual.wait('again');
SELECT gradual.rollback('again');
CALL gradual.wait('again');
SELECT gradual_test.shape('plain') EXCEPT SELECT gradual_test.shape('online');
SELECT gradual.forget('again');

-- Dropped before, it stops nothing
SELECT note FROM gradual.explain('ALTER TABLE items DROP CONSTRAINT few, DROP CONSTRAINT old; ALTER TABLE items ALTER id TYPE bigint') WHERE phase = 'backfill';

-- As with a change of type, so with a column that has a value of its own in each row
SELECT phase, action FROM gradual.explain('ALTER TABLE items ADD CHECK (qty < 7) NOT VALID; ALTER TABLE items ADD n serial');
-- but a statement that writes rows finds the CHECK
SELECT phase, action FROM gradual.explain('ALTER TABLE items ADD CHECK (qty < 7) NOT VALID; ALTER TABLE items ADD n serial; UPDATE items SET qty = 8');
DROP SCHEMA plain, online CASCADE;
