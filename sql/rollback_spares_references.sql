-- A rollback empties no table that refers to a copy, but those that the script
-- itself creates.
CREATE TABLE person (id int PRIMARY KEY, name text);
INSERT INTO person SELECT i, 'name ' || i FROM generate_series(1, 300) i;
CREATE TABLE purchase (id int PRIMARY KEY, buyer int);
INSERT INTO purchase SELECT i, i FROM generate_series(1, 300) i;
ANALYZE person, purchase;

-- By the script
SELECT gradual.define('copy', $$
    CREATE TABLE people (id int PRIMARY KEY, name text);
    ALTER TABLE purchase ADD CONSTRAINT purchase_buyer FOREIGN KEY (buyer) REFERENCES people NOT VALID;
    CREATE TABLE visit (person int REFERENCES people);
    INSERT INTO people SELECT id, name FROM person;
$$);
SELECT gradual.start('copy');
CALL gradual.wait('copy');
INSERT INTO visit VALUES (1);
SELECT gradual.rollback('copy');
CALL gradual.wait('copy');
SELECT status FROM gradual.ledger WHERE name = 'copy';
SELECT count(*) FROM purchase;

-- By a table of the script alone
SELECT gradual.define('visits', $$
    CREATE TABLE people (id int PRIMARY KEY, name text);
    CREATE TABLE visit (person int REFERENCES people);
    INSERT INTO people SELECT id, name FROM person;
$$);
SELECT gradual.start('visits');
CALL gradual.wait('visits');
INSERT INTO visit VALUES (1);
SELECT gradual.rollback('visits');
CALL gradual.wait('visits');
SELECT status FROM gradual.ledger WHERE name = 'visits';

-- By somebody else
SELECT gradual.define('other', $$
    CREATE TABLE people (id int PRIMARY KEY, name text);
    INSERT INTO people SELECT id, name FROM person;
$$);
SELECT gradual.start('other');
CALL gradual.wait('other');
ALTER TABLE purchase ADD CONSTRAINT purchase_buyer FOREIGN KEY (buyer) REFERENCES people;
SELECT gradual.rollback('other');
CALL gradual.wait('other');
SELECT count(*) FROM purchase;
ALTER TABLE purchase DROP CONSTRAINT purchase_buyer;
SELECT gradual.rollback('other');
CALL gradual.wait('other');
SELECT status FROM gradual.ledger WHERE name = 'other';
