# Rolling back a migration leaves the schema as pg_dump showed it before, for each
# form that the plan calls reversible: partitions and children with settings of
# their own, what was replaced, comments and marks of what was dropped.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/..";
use GradualTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = gradual_node('undo');

sql($node, q{
	CREATE ROLE other;
	CREATE TABLE gate (n int);
	INSERT INTO gate VALUES (1);
	CREATE TABLE orgs (id int PRIMARY KEY);
	CREATE TABLE users (id int PRIMARY KEY, org int CONSTRAINT users_org REFERENCES orgs ON DELETE CASCADE,
		n int DEFAULT 1, email text, given int NOT NULL DEFAULT 1, "Odd ""Name" text NOT NULL DEFAULT 'it''s',
		CONSTRAINT positive CHECK (n > 0), CONSTRAINT once UNIQUE (email) DEFERRABLE INITIALLY DEFERRED);
	ALTER TABLE users ADD CONSTRAINT even CHECK (id >= 0) NOT VALID;
	COMMENT ON CONSTRAINT positive ON users IS 'the reason';
	ALTER TABLE users SET (fillfactor = 90, toast.autovacuum_enabled = off);
	ALTER TABLE users ALTER n SET (n_distinct = 3, n_distinct_inherited = 4), ALTER email SET STORAGE MAIN,
		ALTER email SET STATISTICS 200;
	CREATE INDEX users_n ON users (n) WITH (fillfactor = 50) WHERE n > 1;
	CREATE INDEX users_given ON users (given);
	COMMENT ON INDEX users_given IS 'of much use';
	CREATE UNIQUE INDEX users_odd ON users ("Odd ""Name");
	ALTER TABLE users REPLICA IDENTITY USING INDEX users_odd;
	ALTER TABLE users CLUSTER ON users_given;
	CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
	CREATE FUNCTION twice(a int, b int DEFAULT 2) RETURNS int LANGUAGE sql STABLE
		SET work_mem = '1MB' RETURN a * b;
	CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
	ALTER TABLE users DISABLE TRIGGER touch;
	CREATE TRIGGER "Replaced" BEFORE UPDATE OF n ON users FOR EACH ROW WHEN (OLD.n > 1) EXECUTE FUNCTION touch();
	ALTER TABLE users ENABLE REPLICA TRIGGER "Replaced";
	CREATE RULE replaced AS ON DELETE TO orgs DO ALSO NOTIFY orgs;
	ALTER TABLE orgs DISABLE RULE replaced;
	CREATE VIEW names WITH (security_barrier = true) AS SELECT id, email FROM users WITH CASCADED CHECK OPTION;
	COMMENT ON VIEW names IS 'names';
	CREATE SEQUENCE numbers AS int INCREMENT BY -3 MINVALUE -900 MAXVALUE 5 START -2 CACHE 4 CYCLE OWNED BY users.given;
	CREATE TABLE visits (id int NOT NULL, at date NOT NULL, n int DEFAULT 1, note text) PARTITION BY RANGE (at);
	CREATE TABLE visits_24 PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
	CREATE TABLE "visits 25" (note text, n int, at date NOT NULL, id int NOT NULL);
	ALTER TABLE visits ATTACH PARTITION "visits 25" FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
	ALTER TABLE visits_24 ALTER n SET DEFAULT 77, ALTER n SET STATISTICS 200, ALTER note SET STORAGE MAIN;
	CREATE TRIGGER touch BEFORE UPDATE ON visits FOR EACH ROW EXECUTE FUNCTION touch();
	ALTER TABLE visits_24 DISABLE TRIGGER touch;
	CREATE TABLE files (id int, n int DEFAULT 1);
	CREATE TABLE pictures (n int DEFAULT 9) INHERITS (files);
	INSERT INTO orgs VALUES (1);
	INSERT INTO users SELECT i, 1, i, 'u' || i, i, i FROM generate_series(1, 10) i;
	INSERT INTO visits SELECT i, '2024-02-29' FROM generate_series(1, 10) i;
	INSERT INTO pictures VALUES (1);
});

sub schema
{
	my ($dump, $err) = run_command(
		[ 'pg_dump', '--schema-only', '--exclude-schema=gradual*', $node->connstr('postgres') ]);

	die $err if $err ne '';
	# newer ones write a key that differs each time
	$dump =~ s/^\\(un)?restrict .*$//mg;
	return $dump;
}

my $before = schema();

# What a migration that stops at ready does, and that rollback undoes.
sub undone
{
	my ($name, $script) = @_;
	my $irreversible = sql($node, qq{
		SELECT string_agg(sql, '; ') FROM gradual.explain(\$script\$$script\$script\$)
		WHERE reversible = 'no'});
	is($irreversible, '', "$name: the plan calls all of it reversible");
	sql($node, qq{
		SELECT gradual.define('$name', \$script\$$script;
			ALTER TABLE gate ALTER n SET NOT NULL\$script\$);
		SELECT gradual.start('$name')});
	wait_status($node, $name, 'ready');
	isnt(schema(), $before, "$name: changes the schema");
	sql($node, "SELECT gradual.rollback('$name')");
	sql($node, "CALL gradual.wait('$name')");
	is(status_of($node, $name), 'rolled_back', "$name: is rolled back");

	my @before = split /\n/, $before;
	my %before = map { $_ => 1 } @before;
	my @after = split /\n/, schema();
	my %after = map { $_ => 1 } @after;
	my @diff = ((map { "-$_" } grep { !$after{$_} } @before),
		(map { "+$_" } grep { !$before{$_} } @after));
	is(join("\n", @diff), '', "$name: the schema is as before");
}

undone('columns', q{
	ALTER TABLE users ADD a int NOT NULL DEFAULT 5, ADD b text;
	ALTER TABLE users ADD c uuid DEFAULT gen_random_uuid();
	ALTER TABLE visits ADD a int;
	ALTER TABLE files ADD a int;
	ALTER TABLE visits ALTER n SET DEFAULT 2;
	ALTER TABLE ONLY visits ALTER n SET DEFAULT 3;
	ALTER TABLE files ALTER n SET DEFAULT 2;
	ALTER TABLE users ALTER n DROP DEFAULT;
	ALTER TABLE users ALTER "Odd ""Name" SET DEFAULT 'that''s', ALTER given SET DEFAULT 7;
	ALTER TABLE users ALTER given DROP NOT NULL;
	ALTER TABLE visits ALTER n SET STATISTICS 10, ALTER note SET STORAGE EXTERNAL;
	ALTER TABLE users ALTER n SET (n_distinct = 5), ALTER email SET STORAGE EXTERNAL, ALTER email SET STATISTICS 1;
	ALTER TABLE users ALTER email SET COMPRESSION pglz;
	ALTER TABLE users ALTER n RESET (n_distinct_inherited)
});

undone('tables', q{
	ALTER TABLE users SET (fillfactor = 80, autovacuum_enabled = off, toast.autovacuum_enabled = on);
	ALTER TABLE users RESET (fillfactor);
	ALTER TABLE users OWNER TO other;
	ALTER TABLE users CLUSTER ON users_pkey;
	ALTER TABLE users REPLICA IDENTITY FULL;
	ALTER TABLE users ENABLE TRIGGER touch;
	ALTER TABLE users ENABLE ALWAYS TRIGGER "Replaced";
	ALTER TABLE visits ENABLE ALWAYS TRIGGER touch;
	ALTER TABLE users RENAME CONSTRAINT users_org TO org_of_user;
	ALTER INDEX users_n RENAME TO "by N";
	ALTER TABLE users DROP CONSTRAINT positive;
	ALTER TABLE users DROP CONSTRAINT even;
	ALTER TABLE users DROP CONSTRAINT once;
	ALTER TABLE users DROP CONSTRAINT org_of_user;
	ALTER SEQUENCE numbers INCREMENT BY 7 MINVALUE -5 NO MAXVALUE CACHE 1 NO CYCLE;
	ALTER SEQUENCE numbers OWNED BY NONE
});

undone('indexes', q{
	CREATE INDEX ON users (email);
	CREATE UNIQUE INDEX "U" ON users (lower(email)) WHERE n > 5;
	CREATE INDEX ON visits (n);
	CREATE STATISTICS st ON n, email FROM users;
	DROP INDEX users_n;
	DROP INDEX users_odd;
	DROP INDEX users_given
});

undone('objects', q{
	CREATE SCHEMA extra;
	CREATE TABLE extra.t (id int PRIMARY KEY, org int REFERENCES orgs);
	CREATE TABLE visits_26 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
	CREATE TABLE copied AS SELECT * FROM users;
	CREATE TABLE child (a int) INHERITS (files);
	CREATE VIEW v AS SELECT * FROM users;
	CREATE MATERIALIZED VIEW mv AS SELECT * FROM users;
	CREATE OR REPLACE VIEW names AS SELECT id, upper(email) AS email FROM users;
	CREATE TYPE mood AS ENUM ('sad');
	CREATE TYPE pair AS (a int, b int);
	CREATE DOMAIN positive_int AS int CHECK (VALUE > 0);
	CREATE FUNCTION thrice(a int, VARIADIC b int[], OUT c int) LANGUAGE sql AS 'SELECT a * 3';
	CREATE PROCEDURE p(a text) LANGUAGE sql AS '';
	CREATE OR REPLACE FUNCTION twice(a int, b int DEFAULT 3) RETURNS int LANGUAGE sql AS 'SELECT a + b';
	CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int);
	CREATE TRIGGER added AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION touch();
	CREATE OR REPLACE TRIGGER "Replaced" BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
	CREATE OR REPLACE RULE replaced AS ON DELETE TO orgs DO ALSO NOTIFY users;
	CREATE POLICY p ON users USING (true);
	CREATE SEQUENCE extra.s OWNED BY extra.t.id;
	COMMENT ON TABLE users IS 'z';
	COMMENT ON COLUMN users."Odd ""Name" IS 'z';
	COMMENT ON INDEX users_given IS NULL;
	COMMENT ON VIEW names IS 'other names'
});

done_testing();
