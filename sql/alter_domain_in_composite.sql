-- A domain in a composite type: the tables with columns of that are found, for
-- their rows would be looked at; without one the constraint is added.
CREATE DOMAIN amount AS int;
CREATE TYPE price AS (net amount, currency text);
CREATE TYPE offer AS (price price, until date);
CREATE TABLE t (id int PRIMARY KEY, o offer[]);
CALL gradual.run('positive', 'ALTER DOMAIN amount ADD CONSTRAINT positive CHECK (VALUE > 0)');
DROP TABLE t;
CALL gradual.run('again', 'ALTER DOMAIN amount ADD CONSTRAINT positive CHECK (VALUE > 0)');
SELECT name, status, error FROM gradual.ledger;
\dD amount
