--
-- The extension does not move into a schema that somebody else has made: its
-- owner could give the names in the extension's views another meaning.
--
\set SHOW_CONTEXT never
\set home :DBNAME
CREATE ROLE regress_planter;
CREATE DATABASE install_schema;
GRANT CREATE ON DATABASE install_schema TO regress_planter;
\c install_schema

SET SESSION AUTHORIZATION regress_planter;
CREATE SCHEMA gradual;
CREATE FUNCTION gradual.pg_has_role(regrole, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
RESET SESSION AUTHORIZATION;
CREATE EXTENSION pg_gradual;

-- not even once the schema has another owner
ALTER SCHEMA gradual OWNER TO CURRENT_USER;
CREATE EXTENSION pg_gradual;

-- an empty one is what a restore finds
DROP FUNCTION gradual.pg_has_role;
CREATE EXTENSION pg_gradual;
SELECT name FROM gradual.ledger;

\c :home
DROP DATABASE install_schema;
DROP ROLE regress_planter;
