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

-- By a child that somebody else has made
SELECT gradual.define('child', $$
    CREATE TABLE people (id int PRIMARY KEY, name text);
    INSERT INTO people SELECT id, name FROM person;
$$);
SELECT gradual.start('child');
CALL gradual.wait('child');
CREATE TABLE guest () INHERITS (people);
INSERT INTO guest VALUES (1000, 'guest');
SELECT gradual.rollback('child');
CALL gradual.wait('child');
SELECT * FROM people;
ALTER TABLE guest NO INHERIT people;
SELECT gradual.rollback('child');
CALL gradual.wait('child');
SELECT status FROM gradual.ledger WHERE name = 'child';

-- By a partition that the script takes in
CREATE TABLE call (person int, day int NOT NULL);
SELECT gradual.define('partition', $$
    CREATE TABLE people (id int PRIMARY KEY, name text);
    CREATE TABLE calls (person int REFERENCES people, day int NOT NULL) PARTITION BY RANGE (day);
    ALTER TABLE calls ATTACH PARTITION call FOR VALUES FROM (1) TO (10);
    INSERT INTO people SELECT id, name FROM person;
$$);
SELECT gradual.start('partition');
CALL gradual.wait('partition');
INSERT INTO call VALUES (1, 1);
SELECT gradual.rollback('partition');
CALL gradual.wait('partition');
SELECT status FROM gradual.ledger WHERE name = 'partition';
TABLE call;
