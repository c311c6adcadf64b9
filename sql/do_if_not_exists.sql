-- A DO block that asks the catalogs for one thing by its name, and makes it if it is not
-- there, or changes it if it is, is that statement; any other block stays opaque.
SET client_min_messages = warning;
CREATE TABLE users (id int PRIMARY KEY, name text, old int);
CREATE TABLE posts (id int PRIMARY KEY, author int);
INSERT INTO users SELECT i, i, i FROM generate_series(1, 300) i;
INSERT INTO posts SELECT i, i FROM generate_series(1, 300) i;
CREATE SCHEMA apart;
CREATE TYPE apart.level AS ENUM ('low');

CREATE TABLE scripts (name text PRIMARY KEY, script text);
INSERT INTO scripts VALUES ('ask', $script$
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'mood') THEN CREATE TYPE mood AS ENUM ('sad', 'end if;'); END IF; END $$;
do $x$ begin
    if not exists (
        select from pg_catalog.pg_type t join pg_namespace n on n.oid = t.typnamespace
        where n.nspname = current_schema() and t.typname = 'email' -- (a domain)
    ) then
        create domain email as text;
    end if;
end; $x$ language plpgsql;
ALTER TABLE users ADD mood mood DEFAULT 'sad' NOT NULL, ADD email email;
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'users' AND column_name = 'age') THEN ALTER TABLE users ADD COLUMN age int DEFAULT 1; END IF; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'posts_author' AND conrelid = 'posts'::regclass) THEN ALTER TABLE posts ADD CONSTRAINT posts_author FOREIGN KEY (author) REFERENCES users; END IF; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT FROM information_schema.table_constraints WHERE constraint_name = 'posts_once' AND table_name = 'posts' AND constraint_type = 'UNIQUE') THEN ALTER TABLE posts ADD CONSTRAINT posts_once UNIQUE (author); END IF; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_class c WHERE c.relname = 'posts_by_author' AND c.relkind = 'i') THEN CREATE INDEX posts_by_author ON posts (author); END IF; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_policies WHERE tablename = 'posts' AND policyname = 'All may read') THEN CREATE POLICY "All may read" ON posts FOR SELECT USING (true); END IF; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgname = 'still') THEN CREATE TRIGGER still BEFORE UPDATE ON posts FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger(); END IF; END $$;
DO $$ BEGIN IF EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'users' AND column_name = 'old') THEN ALTER TABLE users RENAME COLUMN old TO years; END IF; END $$;
$script$);
SELECT gradual.define(name, script) FROM scripts;
SELECT phase, statement, action FROM gradual.plan('ask');
CALL gradual.run('ask');
\d posts
SELECT * FROM users WHERE id = 1;

-- there by now, or never there: nothing to do
SELECT phase, action FROM gradual.explain((SELECT replace(script, 'ALTER TABLE users ADD mood mood DEFAULT ''sad'' NOT NULL, ADD email email', 'CREATE TABLE other (id int)') FROM scripts));
SELECT phase, statement, action FROM gradual.explain($script$
DO $$ BEGIN IF EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'absent' AND column_name = 'a') THEN ALTER TABLE absent DROP COLUMN a; END IF; END $$;
DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'absent') THEN ALTER TABLE users DROP CONSTRAINT absent; END IF; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'c' AND conrelid = 'absent'::regclass) THEN ALTER TABLE IF EXISTS absent ADD CONSTRAINT c CHECK (id > 0); END IF; END $$;
-- it asks for more than the name
DO $$ BEGIN IF EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'users' AND column_name = 'name' AND table_schema = 'apart') THEN ALTER TABLE users DROP COLUMN name; END IF; END $$;
DO $$ BEGIN IF EXISTS (SELECT 1 FROM information_schema.constraint_column_usage WHERE table_name = 'absent' AND constraint_name = 'posts_author') THEN ALTER TABLE posts DROP CONSTRAINT posts_author; END IF; END $$;
-- one of that name is elsewhere, which only the first asks for
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'level') THEN CREATE TYPE level AS ENUM ('high'); END IF; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'level' AND typnamespace = current_schema()::regnamespace) THEN CREATE TYPE level AS ENUM ('high'); END IF; END $$;
-- as the statements before leave it
DROP TRIGGER still ON posts;
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgname = 'still' AND tgrelid = 'posts'::regclass) THEN CREATE TRIGGER still BEFORE UPDATE ON posts FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger(); END IF; END $$;
ALTER TABLE posts DROP CONSTRAINT posts_once, ADD COLUMN title text;
DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'posts_once') THEN ALTER TABLE posts DROP CONSTRAINT posts_once; END IF; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = 'posts'::regclass AND attname = 'title' AND attnum > 0 AND NOT attisdropped) THEN ALTER TABLE posts ADD title text; END IF; END $$;
CREATE TABLE made (id int);
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = 'made'::regclass AND attname = 'title') THEN ALTER TABLE made ADD title text; END IF; END $$;
$script$);

-- several of them are as many statements
SELECT statement, action FROM gradual.explain($script$
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'posts' AND column_name = 'title') THEN
        ALTER TABLE posts ADD COLUMN title text;
    END IF;
    IF EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'posts' AND column_name = 'title') THEN
        ALTER TABLE posts RENAME COLUMN title TO name;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_indexes WHERE indexname = 'posts_by_name') THEN
        CREATE INDEX posts_by_name ON posts (name);
    END IF;
END $$;
ALTER TABLE posts ALTER author SET NOT NULL;
$script$);

-- under the settings that hold there; others may name what the script makes
SELECT statement, action FROM gradual.explain($script$
CREATE TEXT SEARCH CONFIGURATION words (COPY = pg_catalog.simple);
SET default_text_search_config = 'words';
SET search_path = apart;
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_type WHERE typname = 'level' AND typnamespace = current_schema()::regnamespace) THEN CREATE TYPE level AS ENUM ('high'); END IF; END $$;
SET search_path = public;
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_type WHERE typname = 'email' AND typnamespace = 'apart'::regnamespace) THEN CREATE DOMAIN apart.email AS text; END IF; END $$;
$script$);

-- others
SELECT statement, action FROM gradual.explain($script$
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'a' OR typname = 'b') THEN CREATE TYPE a AS ENUM ('x'); END IF; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'a') AND true THEN CREATE TYPE a AS ENUM ('x'); END IF; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM users WHERE name = 'a') THEN CREATE TYPE a AS ENUM ('x'); END IF; END $$;
DO $$ BEGIN IF EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'users' AND column_name = 'name' AND data_type = 'integer') THEN ALTER TABLE users DROP COLUMN name; END IF; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'b') THEN CREATE TYPE a AS ENUM ('x'); END IF; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE OPERATOR(=) 'a') THEN CREATE TYPE a AS ENUM ('x'); END IF; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT random() FROM pg_type WHERE typname = 'a') THEN CREATE TYPE a AS ENUM ('x'); END IF; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'a') THEN CREATE TYPE a AS ENUM ('x'); ELSE NULL; END IF; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'a') THEN CREATE TYPE a AS ENUM ('x'); END IF; PERFORM 1; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'a') THEN CREATE TYPE a AS ENUM ('x'); END IF; CREATE TYPE b AS ENUM ('x'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'a') THEN CREATE TYPE a AS ENUM ('x'); END IF; IF NOT EXISTS (SELECT 1 FROM users) THEN CREATE TYPE b AS ENUM ('x'); END IF; END $$;
DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_type WHERE typname = 'a') THEN CREATE TYPE a AS ENUM ('x'); END IF; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'c') THEN ALTER TABLE posts ADD CONSTRAINT c CHECK (id > 0), ADD x int; END IF; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'a' THEN CREATE TYPE a AS ENUM ('x'); END IF; END $$;
$script$);
-- what an opaque block before it may have made is known when it runs
SELECT statement, action FROM gradual.explain($script$
DO $$ BEGIN EXECUTE format('ALTER TABLE %I ADD extra int', 'posts'); END $$;
DO $$ BEGIN IF EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'posts' AND column_name = 'extra') THEN ALTER TABLE posts RENAME COLUMN extra TO other; END IF; END $$;
$script$);
-- one of that name is elsewhere, until the script drops it
SELECT gradual.define('unsure', $script$
ALTER TABLE posts DROP CONSTRAINT posts_once;
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'posts_once') THEN ALTER TABLE users ADD CONSTRAINT posts_once CHECK (id > 0); END IF; END $$;
$script$);
-- what the script has made is not what it asks for
SELECT statement, action FROM gradual.explain($script$
ALTER TABLE posts ADD body text;
DO $$ BEGIN IF EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'posts' AND column_name = 'body' AND table_schema = 'apart') THEN ALTER TABLE posts DROP COLUMN body; END IF; END $$;
$script$);
-- errors point at what is wrong
SELECT gradual.define('typo', $script$DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHER typname = 'a') THEN CREATE TYPE a AS ENUM ('x'); END IF; END $$$script$);
SELECT gradual.define('column', $script$DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'a' AND conname = 'a') THEN CREATE TYPE a AS ENUM ('x'); END IF; END $$$script$);
SELECT gradual.define('absent', $script$DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'c') THEN ALTER TABLE absent ADD CONSTRAINT c CHECK (true); END IF; END $$$script$);
-- nothing at all
CALL gradual.run('nothing', $script$DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'mood') THEN CREATE TYPE mood AS ENUM ('x'); END IF; END $$$script$);
SELECT name, status FROM gradual.ledger ORDER BY 1;
DROP TABLE users, posts, scripts;
DROP TYPE mood, email, apart.level;
DROP SCHEMA apart;
