-- What a statement makes of an enum, such as its text, has the label that an earlier
-- statement of the script gave a value: it waits for the swap, or is refused.
SET client_min_messages = warning;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE pair AS (m mood, n int);
CREATE TABLE t (id int PRIMARY KEY, m mood, ms mood[], p pair, note text);
INSERT INTO t VALUES (1, 'sad', '{sad}', '(sad,1)'), (2, 'ok', '{ok}', '(ok,2)');

CALL gradual.run('texts', $$
    ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
    ALTER TABLE t ADD s text;
    UPDATE t SET s = m;
    ALTER TABLE t ADD a text;
    UPDATE t SET a = concat(ms, p);
    UPDATE t SET note = to_jsonb(t) ->> 'm' WHERE length(m::text) = 4;
    CREATE TABLE copy (id int PRIMARY KEY, s text);
    INSERT INTO copy SELECT id, m FROM t;
$$);
TABLE t ORDER BY id;
TABLE copy ORDER BY id;
CALL gradual.run('windows', $$
    ALTER TYPE mood RENAME VALUE 'blue' TO 'dull';
    CREATE TABLE windows (id int PRIMARY KEY, ms jsonb);
    INSERT INTO windows SELECT id, jsonb_agg(m) OVER (PARTITION BY id) FROM t;
$$);
TABLE windows ORDER BY id;
CREATE TYPE moods AS RANGE (subtype = mood);
CREATE TABLE ranges (id int PRIMARY KEY, r moods, s text);
INSERT INTO ranges VALUES (1, '[dull,ok]');
CALL gradual.run('ranges', $$
    ALTER TYPE mood RENAME VALUE 'dull' TO 'grey';
    UPDATE ranges SET s = concat(r, multirange(r)) WHERE s IS NULL;
$$);
TABLE ranges;
-- JSON_OBJECT() came with 16
SELECT CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'json_build_object(''m'', m)' ELSE 'JSON_OBJECT(''m'': m)' END AS json \gset
CALL gradual.run('json', format($$
    ALTER TYPE mood RENAME VALUE 'grey' TO 'blue';
    ALTER TABLE t ADD j text;
    UPDATE t SET j = (%s)::json ->> 'm';
$$, :'json'));
SELECT j FROM t ORDER BY id;

-- what goes by the value waits for nothing
SELECT phase, action FROM gradual.explain($$
    ALTER TYPE mood RENAME VALUE 'blue' TO 'low';
    ALTER TABLE t ADD n int;
    UPDATE t SET n = 1 WHERE m = 'ok';
$$) WHERE action LIKE '%fill%';
-- nor what was there before
CALL gradual.run('before', $$
    ALTER TABLE copy ADD m mood;
    ALTER TABLE t ADD b text;
    UPDATE t SET b = m;
    ALTER TYPE mood RENAME VALUE 'blue' TO 'low';
$$);
SELECT m, b FROM t ORDER BY id;

SELECT gradual.explain($$ALTER TYPE mood RENAME VALUE 'low' TO 'sad'; ALTER TABLE t ALTER m TYPE text$$);
CALL gradual.run('type', $$ALTER TABLE t ALTER m TYPE text; ALTER TYPE mood RENAME VALUE 'low' TO 'sad'$$);
SELECT m, ms FROM t ORDER BY id;
DROP TABLE t, copy, windows, ranges;
DROP TYPE moods;
DROP TYPE pair, mood;
