-- A question of a DO block that could find another than its statement is about, one that
-- the script has made, dropped or moved before, is refused: nobody knows the answer then.
SET client_min_messages = warning;
CREATE TABLE users (id int PRIMARY KEY, note text, CONSTRAINT positive CHECK (id > 0));
CREATE TABLE posts (id int PRIMARY KEY, note text);
CREATE SCHEMA apart;
CREATE TABLE scripts (what text PRIMARY KEY, script text);
CREATE FUNCTION answer(script text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE said text;
BEGIN
    SELECT string_agg(format('%s: %s', statement, action), ', ' ORDER BY step) INTO said
        FROM gradual.explain(script) WHERE statement IS NOT NULL;
    RETURN said;
EXCEPTION WHEN feature_not_supported THEN
    RETURN SQLERRM;
END $$;

INSERT INTO scripts VALUES
('1 made elsewhere, asked for there', $script$
ALTER TABLE users ADD COLUMN age int;
DO $$ BEGIN IF NOT EXISTS (SELECT FROM information_schema.columns WHERE table_name = 'users' AND column_name = 'age') THEN ALTER TABLE posts ADD COLUMN age int; END IF; END $$;
$script$),
('2 made elsewhere, by its name alone', $script$
DO $$ BEGIN
IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'still') THEN CREATE TRIGGER still BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger(); END IF;
IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'still') THEN CREATE TRIGGER still BEFORE UPDATE ON posts FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger(); END IF;
END $$;
$script$),
('3 constraint', $script$
ALTER TABLE users ADD CONSTRAINT small CHECK (id < 1000);
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'small') THEN ALTER TABLE posts ADD CONSTRAINT small CHECK (id < 1000); END IF; END $$;
$script$),
('4 policy', $script$
CREATE POLICY "all" ON users USING (true);
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_policies WHERE policyname = 'all') THEN CREATE POLICY "all" ON posts USING (true); END IF; END $$;
$script$),
('5 type', $script$
CREATE TYPE apart.mood AS ENUM ('sad');
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_type WHERE typname = 'mood') THEN CREATE TYPE mood AS ENUM ('sad'); END IF; END $$;
$script$),
('6 dropped elsewhere', $script$
ALTER TABLE users DROP COLUMN note;
DO $$ BEGIN IF EXISTS (SELECT FROM information_schema.columns WHERE table_name = 'users' AND column_name = 'note') THEN ALTER TABLE posts DROP COLUMN note; END IF; END $$;
$script$),
('7 dropped with its table', $script$
DROP TABLE users;
DO $$ BEGIN IF EXISTS (SELECT FROM information_schema.columns WHERE table_name = 'users' AND column_name = 'note') THEN ALTER TABLE posts DROP COLUMN note; END IF; END $$;
$script$),
('8 dropped here, and still there', $script$
ALTER TABLE posts DROP COLUMN note;
DO $$ BEGIN IF NOT EXISTS (SELECT FROM information_schema.columns WHERE column_name = 'note') THEN ALTER TABLE posts ADD COLUMN note int; END IF; END $$;
$script$),
('9 in a table that made room for another', $script$
ALTER TABLE users RENAME TO people;
CREATE TABLE users (id int);
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'positive') THEN ALTER TABLE users ADD CONSTRAINT positive CHECK (id > 0); END IF; END $$;
$script$),
-- whoever says which one is meant gets the answer
('a table', $script$
DO $$ BEGIN
IF NOT EXISTS (SELECT FROM information_schema.columns WHERE table_catalog = 'contrib_regression' AND table_name = 'users' AND column_name = 'age') THEN ALTER TABLE users ADD COLUMN age int; END IF;
IF NOT EXISTS (SELECT FROM information_schema.columns WHERE table_catalog = current_database() AND table_name = 'posts' AND column_name = 'age') THEN ALTER TABLE posts ADD COLUMN age int; END IF;
IF EXISTS (SELECT FROM information_schema.columns WHERE table_name = 'posts' AND column_name = 'age') THEN ALTER TABLE posts RENAME COLUMN age TO years; END IF;
END $$;
$script$),
('b table that made room', $script$
ALTER TABLE users RENAME TO people;
CREATE TABLE users (id int);
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'positive' AND conrelid = 'users'::regclass) THEN ALTER TABLE users ADD CONSTRAINT positive CHECK (id > 0); END IF; END $$;
$script$),
('c schema', $script$
SET search_path = apart;
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_type WHERE typname = 'mood' AND typnamespace = current_schema()::regnamespace) THEN CREATE TYPE mood AS ENUM ('sad'); END IF; END $$;
SET search_path = public;
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_type JOIN pg_namespace n ON n.oid = typnamespace WHERE typname = 'mood' AND nspname = current_schema) THEN CREATE TYPE mood AS ENUM ('sad'); END IF; END $$;
$script$),
('d other schema', $script$
ALTER TABLE posts ADD age int;
SET search_path = apart, public;
DO $$ BEGIN IF EXISTS (SELECT FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = 'posts' AND column_name = 'age') THEN ALTER TABLE posts DROP COLUMN age; END IF; END $$;
$script$);
UPDATE scripts SET script = replace(script, 'contrib_regression', current_database());
SELECT what, answer(script) FROM scripts ORDER BY what COLLATE "C";
DROP TABLE users, posts, scripts;
DROP SCHEMA apart;
DROP FUNCTION answer;
