-- A rollback leaves keys, and the foreign keys on them, as they were, also while
-- the index of the key that was to come is there over the same columns: no
-- foreign key comes back hanging on that.
CREATE TABLE entity (id int NOT NULL CONSTRAINT entity_id_key UNIQUE, code text, class int,
                     CONSTRAINT entity_pkey PRIMARY KEY (code, class));
CREATE TABLE users (id int PRIMARY KEY, n int, entity_id int CONSTRAINT users_entity_fkey REFERENCES entity (id));
INSERT INTO entity SELECT n, 'c' || n, n FROM generate_series(1, 20) n;
INSERT INTO users SELECT n, n, n FROM generate_series(1, 20) n;
CREATE VIEW hangs_on AS SELECT conname, conindid::regclass, convalidated FROM pg_constraint
WHERE contype IN ('f', 'p', 'u') AND conrelid IN ('entity'::regclass, 'users'::regclass) ORDER BY 1;
TABLE hangs_on;

-- dropped and made anew around the exchange of another key
SELECT gradual.define('anew', $$
    ALTER TABLE entity DROP CONSTRAINT entity_pkey;
    ALTER TABLE users DROP CONSTRAINT users_entity_fkey;
    ALTER TABLE entity DROP CONSTRAINT entity_id_key;
    ALTER TABLE entity ADD CONSTRAINT entity_pkey PRIMARY KEY (id);
    ALTER TABLE users ADD CONSTRAINT users_entity_fkey FOREIGN KEY (entity_id) REFERENCES entity (id);
$$);
SELECT phase, action, target FROM gradual.plan('anew');
SELECT gradual.start('anew');
CALL gradual.wait('anew');
TABLE hangs_on;
SELECT gradual.rollback('anew');
CALL gradual.wait('anew');
SELECT status, error FROM gradual.ledger WHERE name = 'anew';
TABLE hangs_on;

-- dropped for good, after a backfill of both tables
SELECT gradual.define('gone', $$
    UPDATE entity SET class = 7 WHERE class = 8;
    UPDATE users SET n = 7 WHERE n = 8;
    ALTER TABLE users DROP CONSTRAINT users_entity_fkey;
    ALTER TABLE entity DROP CONSTRAINT entity_id_key;
    ALTER TABLE entity DROP CONSTRAINT entity_pkey;
    ALTER TABLE users ADD z int;
    ALTER TABLE entity ADD CONSTRAINT entity_pkey PRIMARY KEY (id);
$$);
SELECT phase, action, target FROM gradual.plan('gone');
SELECT gradual.start('gone');
CALL gradual.wait('gone');
TABLE hangs_on;
SELECT gradual.rollback('gone', force => true);
CALL gradual.wait('gone');
SELECT status, error FROM gradual.ledger WHERE name = 'gone';
TABLE hangs_on;

-- and forward: on the new key
SELECT gradual.start('anew');
CALL gradual.wait('anew');
SELECT gradual.complete('anew');
CALL gradual.wait('anew');
SELECT status, error FROM gradual.ledger WHERE name = 'anew';
TABLE hangs_on;

DROP VIEW hangs_on;
DROP TABLE users, entity;
