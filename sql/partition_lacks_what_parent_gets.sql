-- What a script gives to a table its partitions have only when it has run: a
-- statement that needs it there is told so.
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE TABLE events (id int, day int, n int, PRIMARY KEY (id, day)) PARTITION BY LIST (day);
CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1);
CREATE TABLE parent (id int);
CREATE TABLE child () INHERITS (parent);
CREATE FUNCTION refusal(script text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    hint text;
BEGIN
    PERFORM gradual.explain(script);
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n', message, nullif(hint, ''));
END
$$;
\pset format unaligned
\pset tuples_only on
SELECT refusal('ALTER TABLE events ADD z int; UPDATE events_1 SET z = n');
SELECT refusal('ALTER TABLE events ADD CHECK (n > 0); ALTER TABLE events_1 VALIDATE CONSTRAINT events_n_check');
SELECT refusal('ALTER TABLE parent ADD z int; CREATE INDEX ON child (z)');
-- none is above it
SELECT refusal('ALTER TABLE parent ADD z int; UPDATE events_1 SET z = n');
SELECT refusal('ALTER TABLE events_1 ADD CHECK (n > 0); UPDATE events SET z = n');
DROP FUNCTION refusal(text);
DROP TABLE events, parent, child;
