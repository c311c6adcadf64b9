-- An extension with types and operator classes goes when nothing uses it any more,
-- as does an operator class of the database; and what is made in its place finds
-- its name, casts and operators free.  So do transforms, after their functions.
CREATE EXTENSION citext;
CREATE EXTENSION hstore;
CREATE TABLE people (id int PRIMARY KEY, email citext UNIQUE, traits hstore);
INSERT INTO people SELECT n, 'Person ' || n, hstore('n', n::text) FROM generate_series(1, 50) n;
CREATE INDEX ON people USING gin (traits);
CREATE OPERATOR FAMILY backwards USING btree;
CREATE FUNCTION compare_backwards(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT btint4cmp($2, $1)';
CREATE OPERATOR CLASS backwards FOR TYPE int USING btree FAMILY backwards AS
    OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 compare_backwards(int, int);
CREATE INDEX people_backwards ON people (id backwards);
CREATE TRANSFORM FOR int LANGUAGE sql
    (FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal));
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql TRANSFORM FOR TYPE int AS 'SELECT $1 * 2';

-- not while something uses it
SELECT gradual.define('early', 'DROP EXTENSION citext');
SELECT gradual.define('early', 'DROP TRANSFORM FOR int LANGUAGE sql');
SELECT gradual.define('early', 'DROP OPERATOR CLASS backwards USING btree');

SELECT gradual.define('drop', $$
    ALTER TABLE people ALTER email TYPE text;
    DROP EXTENSION citext;
    ALTER TABLE people DROP COLUMN traits;
    DROP EXTENSION hstore;
    CREATE EXTENSION hstore;
    ALTER TABLE people ADD COLUMN features hstore;
    DROP INDEX people_backwards;
    DROP OPERATOR CLASS backwards USING btree;
    CREATE OPERATOR CLASS backwards FOR TYPE int USING btree FAMILY backwards AS
        OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 compare_backwards(int, int);
    CREATE INDEX people_backwards ON people (id backwards);
    DROP FUNCTION twice(int);
    DROP TRANSFORM FOR int LANGUAGE sql;
$$);
SELECT gradual.start('drop');
CALL gradual.wait('drop');
SELECT gradual.complete('drop');
CALL gradual.wait('drop');
\d people
SELECT extname FROM pg_extension WHERE extname IN ('citext', 'hstore');
SELECT count(*) FROM pg_transform;
