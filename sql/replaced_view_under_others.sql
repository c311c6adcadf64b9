-- CREATE OR REPLACE VIEW that adds a column to a view on which others depend waits
-- for the swap: no rollback could take the column away again.
\pset format unaligned
\pset tuples_only on
CREATE TABLE users (id int PRIMARY KEY, name text, email text, old int);
INSERT INTO users VALUES (1, 'Ann', 'ann@example.com', 1);
CREATE VIEW names AS SELECT id, name FROM users;
CREATE VIEW mails AS SELECT id, email FROM users;
CREATE VIEW short_names AS SELECT id, left(name, 1) AS name FROM names;
CREATE VIEW ids AS SELECT id FROM mails;
SELECT gradual.define('wider', $$
    CREATE OR REPLACE VIEW names AS SELECT id, name, email FROM users;
    COMMENT ON COLUMN names.email IS 'where to';
    CREATE VIEW emails AS SELECT email FROM names;
    DROP VIEW ids;
    CREATE OR REPLACE VIEW mails AS SELECT id, email, name FROM users;
    CREATE VIEW more AS SELECT * FROM users;
    CREATE VIEW more_ids AS SELECT id FROM more;
    CREATE OR REPLACE VIEW more AS SELECT *, 1 AS one FROM users
$$);
SELECT phase, action, target, reversible, note FROM gradual.plan('wider');
SELECT gradual.start('wider');
CALL gradual.wait('wider');
TABLE names;
SELECT gradual.rollback('wider');
CALL gradual.wait('wider');
SELECT status, error FROM gradual.ledger;
SELECT gradual.start('wider');
CALL gradual.wait('wider');
SELECT gradual.complete('wider');
CALL gradual.wait('wider');
TABLE names;
TABLE short_names;
TABLE emails;
TABLE mails;
SET client_min_messages = warning;
DROP TABLE users CASCADE;
