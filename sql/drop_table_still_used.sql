-- A table is not dropped while statistics show that somebody still reads or
-- writes it: complete says how much, and force overrides.  What the migration
-- itself did to it, looking at its plan, and VACUUM do not count.
CREATE TABLE old (id int PRIMARY KEY, word text);
CREATE TABLE "old one" (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE "old one 1" PARTITION OF "old one" DEFAULT;
CREATE TABLE kept (id int PRIMARY KEY REFERENCES old);
INSERT INTO old SELECT i, 'w' FROM generate_series(1, 10) i;
INSERT INTO "old one" VALUES (1);
INSERT INTO kept VALUES (1);

SELECT gradual.define('used', $$
    ALTER TABLE kept DROP CONSTRAINT kept_id_fkey;
    ALTER TABLE kept ADD n int;
    UPDATE kept SET n = (SELECT count(*) FROM old);
    DROP TABLE old, "old one";
$$);
SELECT phase, action, note FROM gradual.plan('used') WHERE phase = 'swap' AND statement = 4;
-- what this session did is to be counted before
SELECT FROM pg_stat_force_next_flush();
SELECT gradual.start('used');
CALL gradual.wait('used');

-- nobody yet: the migration read all of it
BEGIN;
SELECT gradual.complete('used');
ROLLBACK;

SELECT count(*) FROM old;
SELECT word FROM old WHERE id = 3;
SELECT gradual.complete('used');
INSERT INTO old VALUES (11, 'x'), (12, 'y');
UPDATE old SET word = 'z' WHERE id = 11;
DELETE FROM old WHERE id = 12;
SELECT gradual.complete('used');
SELECT status, phase FROM gradual.ledger;

-- counted anew
SELECT gradual.cancel('used');
SELECT FROM pg_stat_force_next_flush();
SELECT gradual.start('used');
CALL gradual.wait('used');
VACUUM ANALYZE old;
SELECT count(*) FROM gradual.plan('used');
SELECT phase, action FROM gradual.explain('ALTER TABLE old ADD n int; DROP TABLE "old one"');
BEGIN;
SELECT gradual.complete('used');
ROLLBACK;
-- a partition
INSERT INTO "old one" VALUES (2);
SELECT gradual.complete('used');
SELECT gradual.complete('used', force => true);
CALL gradual.wait('used');
SELECT status FROM gradual.ledger;
SELECT to_regclass('old'), to_regclass('"old one 1"'), (SELECT n FROM kept);

-- without ready nobody is asked
SELECT gradual.define('at once', 'DROP TABLE kept');
SELECT gradual.start('at once', auto_complete => true);
CALL gradual.wait('at once');
SELECT status FROM gradual.ledger ORDER BY name;
