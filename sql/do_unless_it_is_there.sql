-- A DO block that makes an enum or a constraint unless it is there, as generators
-- write it, is that statement; any other block stays opaque.
SET client_min_messages = warning;
CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE posts (id int PRIMARY KEY, author int);
INSERT INTO users SELECT generate_series(1, 300);
INSERT INTO posts SELECT i, i FROM generate_series(1, 300) i;

SELECT gradual.define('drizzle', $script$
DO $$ BEGIN
 CREATE TYPE "public"."mood" AS ENUM('sad', 'it''s ok; END');
EXCEPTION
 WHEN duplicate_object THEN null;
END $$;
--> statement-breakpoint
ALTER TABLE posts ADD mood mood DEFAULT 'sad' NOT NULL;
DO $$ BEGIN
 ALTER TABLE "posts" ADD CONSTRAINT "posts_author_users_id_fk" FOREIGN KEY ("author") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;
EXCEPTION
 WHEN duplicate_object THEN null; -- it is there
END $$;
$script$);
SELECT phase, statement, action, sql FROM gradual.plan('drizzle');
SELECT gradual.start('drizzle');
CALL gradual.wait('drizzle');
\d posts

-- there already: nothing to do
SELECT phase, action FROM gradual.explain($script$
DO $$ BEGIN CREATE TYPE mood AS ENUM ('happy'); EXCEPTION WHEN duplicate_object THEN NULL; END; $$;
DO $$ BEGIN ALTER TABLE posts ADD CONSTRAINT posts_author_users_id_fk CHECK (author > 0); EXCEPTION WHEN duplicate_object THEN NULL; END; $$;
do $x$ begin alter table posts add constraint posts_author_users_id_fk foreign key (author) references users; exception when duplicate_object then end $x$;
CREATE TABLE other (id int);
$script$);
CALL gradual.run('again', $script$DO $$ BEGIN CREATE TYPE mood AS ENUM ('happy'); EXCEPTION WHEN duplicate_object THEN NULL; END; $$; ALTER TABLE users ADD mood mood$script$);
SELECT enum_range(NULL::mood);

-- the type for arrays of a table's rows is none: it gets another name
CALL gradual.run('array', $script$DO $$ BEGIN CREATE TYPE _users AS ENUM ('x'); EXCEPTION WHEN duplicate_object THEN NULL; END $$; ALTER TABLE users ADD e _users$script$);
SELECT enum_range(NULL::_users), 'users[]'::regtype;
ALTER TABLE users DROP e;
DROP TYPE _users;

-- others
SELECT statement, action FROM gradual.explain($script$
DO $$ BEGIN CREATE TYPE a AS ENUM ('x'); EXCEPTION WHEN others THEN NULL; END $$;
DO $$ BEGIN CREATE TYPE a AS ENUM ('x'); CREATE TYPE b AS ENUM ('x'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE TYPE a AS ENUM ('x'); EXCEPTION WHEN duplicate_object THEN RAISE NOTICE 'x'; END $$;
DO $$ BEGIN CREATE TYPE a AS ENUM ('x'); END $$;
DO $$ BEGIN UPDATE users SET id = id; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN ALTER TABLE users ADD CONSTRAINT u UNIQUE (id); EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO 'BEGIN CREATE TYPE a AS ENUM (''x''); EXCEPTION WHEN duplicate_object THEN NULL; END';
DO $$ BEGIN PERFORM 1; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO LANGUAGE plpgsql $$ BEGIN NULL; END $$;
$script$);
-- errors point at what is wrong
SELECT gradual.define('typo', $script$DO $$ BEGIN CREATE TYPE a AS ENUMM ('x'); EXCEPTION WHEN duplicate_object THEN NULL; END $$$script$);
SELECT gradual.define('absent', $script$DO $$ BEGIN ALTER TABLE absent ADD CONSTRAINT c CHECK (true); EXCEPTION WHEN duplicate_object THEN NULL; END $$$script$);
SELECT gradual.define('column', $script$DO $$ BEGIN ALTER TABLE posts ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES users; EXCEPTION WHEN duplicate_object THEN NULL; END $$$script$);
DROP TABLE users, posts;
DROP TYPE mood;
