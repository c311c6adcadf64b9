-- A new type that changes the catalog only waits for the swap if the script has given
-- the publications of the table a column list until then: PostgreSQL changes the
-- type of no column in one.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
CREATE TABLE users (id int PRIMARY KEY, name text, code varchar(10), tag varchar(10));
INSERT INTO users VALUES (1, 'Ann', 'a', 't');
CREATE PUBLICATION all_users FOR TABLE users;
SELECT gradual.define('wider', $$
    ALTER TABLE users ALTER tag TYPE varchar(20);
    ALTER TABLE users RENAME name TO label;
    ALTER TABLE users ALTER code TYPE varchar(20)
$$);
SELECT phase, action, note FROM gradual.plan('wider') WHERE action LIKE '%type%';
SELECT gradual.start('wider');
CALL gradual.wait('wider');
SELECT status, error FROM gradual.ledger;
SELECT gradual.rollback('wider');
CALL gradual.wait('wider');
SELECT gradual.start('wider');
CALL gradual.wait('wider');
SELECT gradual.complete('wider');
CALL gradual.wait('wider');
SELECT status, error FROM gradual.ledger;
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY 1;
SELECT prattrs FROM pg_publication_rel;
DROP PUBLICATION all_users;
DROP TABLE users;
