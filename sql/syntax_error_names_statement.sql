-- A syntax error names the statement that it is in, whatever semicolons the
-- statements before it hold.

CREATE FUNCTION statement(script text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    context text;
BEGIN
    PERFORM FROM gradual.explain(script);
    RETURN 'no error';
EXCEPTION WHEN syntax_error OR invalid_escape_sequence THEN
    GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
    RETURN split_part(context, E'\n', 1);
END $$;

SELECT before, statement(before || E'\nSELEC 1; SELECT 2;') FROM unnest(ARRAY[
    '',
    ';; ;',
    'SELECT 1;',
    'SELECT 1;; SELECT 2;',
    'SELECT '';''; SELECT '''''';'';',
    'SELECT E''\'';''; SELECT e''\\'';',
    E'SELECT E''a''\n''\\'';'' ;',
    'SELECT ''\''; SELECT 2;',
    'SELECT 1 AS ";"; SELECT 1 AS """;";',
    'SELECT $$;$$; SELECT $a$;$$;$b$;$a$; SELECT $1;',
    'SELECT a$1 FROM b; SELECT 1 AS a$$;',
    E'SELECT 1 -- ; it''s\n; /* ; /* ; */ '' */ SELECT 2;',
    'SELECT 1 -- ;',
    'SELECT (1); SELECT ((2), 3);',
    'CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 1;',
    'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END; SELECT 1;',
    'BEGIN; SELECT 1; END;',
    'BEGIN; SELECT CASE WHEN true THEN 1 END; COMMIT;',
    'SELECT ''äöü;''; SELECT 1 AS é;']) AS before;

-- in the middle of a text, and at the end of the script
SELECT statement('SELECT 1; SELECT E''a;\xyz\u12'';');
SELECT statement('SELECT 1; SELECT ''a;');
SELECT statement('SELECT 1; SELECT "a;');
SELECT statement('SELECT 1; SELECT $$a;');
SELECT statement('SELECT 1; SELECT /* a;');
SELECT statement('SELECT 1; SELECT (2;');
SELECT statement('SELECT 1; SELECT (2');
SELECT statement(E'SELECT 1;\n\\echo it''s;');
SET standard_conforming_strings = off;
SET escape_string_warning = off;
SELECT statement($$SELECT '\';'; SELEC 1$$);
RESET standard_conforming_strings;
RESET escape_string_warning;
-- a backslash is psql's only where a word could be
SELECT gradual.explain($$SELECT 1; SELECT E'a;\u12'$$);
SELECT gradual.explain($$SELECT 1; SELECT E'a;\u0000'$$);
SELECT gradual.explain($$SELECT 1; SELECT 2 \gset$$);
