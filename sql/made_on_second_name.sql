-- What others make at ready on the second name of a renamed column, which goes in the
-- swap, is not lost without a word: complete refuses, naming it, until it is gone.
-- On the first name, which stays, it is kept.

CREATE TABLE account (id int PRIMARY KEY, email text UNIQUE);
INSERT INTO account SELECT i, 'user' || i || '@x' FROM generate_series(1, 3) i;
SELECT gradual.define('name', 'ALTER TABLE account RENAME email TO mail');
SELECT gradual.start('name');
CALL gradual.wait('name');
CREATE UNIQUE INDEX theirs ON account (lower(mail));
ALTER TABLE account ADD CONSTRAINT few CHECK (mail <> '');
SELECT gradual.complete('name');
CALL gradual.wait('name');
DROP INDEX theirs;
ALTER TABLE account DROP CONSTRAINT few;
SELECT gradual.start('name');
CALL gradual.wait('name');
CREATE UNIQUE INDEX theirs ON account (lower(email));
SELECT gradual.complete('name');
CALL gradual.wait('name');
\d account

SELECT gradual.forget('name');
DROP TABLE account;
