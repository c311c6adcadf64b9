# Claim: unfinished migrations of an older major version of PostgreSQL go on in a
# newer one, after a dump and restore and after pg_upgrade; nothing is done while
# pg_upgrade runs, no row is missed and none changed twice.
#
# OLDER_INSTALLATION names one of the older major with this library, such as
# build/15/testing/root/usr/lib/postgresql/15; without it the test is skipped.
# tools/check-chroot sets it.

use strict;
use warnings;

use GradualTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'OLDER_INSTALLATION is not set' if !$ENV{OLDER_INSTALLATION};

my $conf = slurp_file(dirname_of_test() . '/test.conf');
my $older = PostgreSQL::Test::Cluster->new('older', install_path => $ENV{OLDER_INSTALLATION});
my @unfinished = qw(half fill name kind odd);

sub dirname_of_test
{
	return $INC{'GradualTest.pm'} =~ s{/[^/]+\z}{}r;
}

# A server of the newer version, without anything in it
sub newer
{
	my ($name) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	# as the older one has it; from 18 on they are the default
	$node->init(extra => $node->pg_version >= 18 ? ['--no-data-checksums'] : []);
	$node->append_conf('postgresql.conf', $conf);
	return $node;
}

# Where all of them stand; nothing of it may change on the way
sub standing
{
	my ($node) = @_;
	return sql($node, <<'SQL');
SELECT m.name, m.incarnation, c.step, c.processed, c.position
FROM gradual.migration m LEFT JOIN gradual.migration_cursor c ON c.migration = m.id ORDER BY 1, 3;
SELECT count(*) FROM gradual.migration_step WHERE status = 'done';
SELECT count(*), max(id) FROM gradual.migration_event WHERE event <> 'restored';
SELECT (SELECT count(*) FROM half WHERE n = 1), (SELECT count(*) FROM fill WHERE c <> 5);
SQL
}

sub goes_on
{
	my ($node, $how) = @_;

	is(sql($node, "SELECT string_agg(name, ' ' ORDER BY name) FROM gradual.ledger WHERE activity = format('restored; gradual.resume(%L) to go on here', name) AND status = 'paused'"),
		'fill half', "$how: what was running is paused");
	is(status_of($node, $_), 'ready', "$how: $_ is ready") foreach qw(name kind odd);

	# the application, old and new
	sql($node, "INSERT INTO name (id, email) VALUES (0, 'new\@example.org'); UPDATE kind SET code = code + 1000 WHERE id = 7");
	is(sql($node, 'SELECT name FROM name WHERE id = 0'), 'new', "$how: the sync trigger works");

	sql($node, "SELECT gradual.resume('$_'), gradual.alter('$_', nice => 0)") foreach qw(half fill);
	wait_status($node, 'half', 'completed');
	wait_status($node, 'fill', 'ready');
	is(sql($node, 'SELECT count(*), min(n), max(n) FROM half'), '2000|1|1', "$how: each row once");
	is(sql($node, 'SELECT count(*), count(*) FILTER (WHERE c = id * 2) FROM fill'), '2000|2000', "$how: each row is filled");

	sql($node, 'CREATE OR REPLACE FUNCTION public.number_of(word text) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT length(word) $$');
	is(sql($node, "SELECT gradual.retry_quarantined('odd')"), 0, "$how: the quarantined row is found");
	is(sql($node, 'SELECT count(*) FROM odd WHERE n = length(word)'), 301, "$how: and filled");

	sql($node, "SELECT gradual.complete('$_')") foreach qw(fill name kind odd);
	wait_status($node, $_, 'completed') foreach @unfinished;
	is(sql($node, "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'name'::regclass AND attname = 'name'"), 't', "$how: a fill is completed");
	is(sql($node, 'SELECT pg_typeof(code), code FROM kind WHERE id = 7'), 'bigint|1007', "$how: and a change of type");
	is(sql($node, "SELECT count(*) FROM pg_trigger WHERE tgname LIKE '%gradual%'"), 0, "$how: nothing of ours is left");
	is(sql($node, "SELECT gradual.define('later', 'CREATE TABLE later (); '); SELECT id > 5 FROM gradual.migration WHERE name = 'later'"), "later\nt", "$how: a new one can be defined");
	return;
}

$older->init;
$older->append_conf('postgresql.conf', $conf);
$older->start;
cmp_ok($older->pg_version, '<', PostgreSQL::Test::Cluster->new('version')->pg_version, 'it is older');
sql($older, <<'SQL');
CREATE EXTENSION pg_gradual;
CREATE TABLE half (id int PRIMARY KEY, n int);
INSERT INTO half SELECT i, 0 FROM generate_series(1, 2000) i;
CREATE TABLE fill (id int, gone int, pad text);
INSERT INTO fill SELECT i, i, repeat('x', 100) FROM generate_series(1, 2000) i;
ALTER TABLE fill DROP COLUMN gone;
CREATE TABLE name (id int PRIMARY KEY, email text);
INSERT INTO name SELECT i, 'u' || i || '@example.org' FROM generate_series(1, 300) i;
CREATE TABLE kind (id int PRIMARY KEY, code int UNIQUE);
INSERT INTO kind SELECT i, i FROM generate_series(1, 300) i;
CREATE TABLE odd (word text);
INSERT INTO odd SELECT i::text FROM generate_series(1, 300) i;
INSERT INTO odd VALUES ('bad');
CREATE FUNCTION number_of(word text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT word::int * 0 + length(word)';
SELECT gradual.define('half', 'UPDATE half SET n = n + 1', batch_size => 50);
SELECT gradual.define('fill', $$
	ALTER TABLE fill ADD COLUMN c int DEFAULT 5;
	UPDATE fill SET c = id * 2;
$$, batch_size => 50);
SELECT gradual.define('name', $$
	ALTER TABLE name ADD COLUMN name text;
	UPDATE name SET name = split_part(email, '@', 1);
	ALTER TABLE name ALTER COLUMN name SET NOT NULL;
$$);
SELECT gradual.define('kind', 'ALTER TABLE kind ALTER COLUMN code TYPE bigint');
SELECT gradual.define('odd', $$
	ALTER TABLE odd ADD COLUMN n int;
	UPDATE odd SET n = number_of(word);
$$, on_error => 'quarantine');
SELECT gradual.start(name) FROM unnest(ARRAY['name', 'kind', 'odd']) name;
SQL
wait_status($older, $_, 'ready') foreach qw(name kind odd);
is(sql($older, 'SELECT key FROM gradual.quarantined'), 'ctid (1,75)', 'a row without a key is quarantined');
sql($older, "SET gradual.nice = 100; SELECT gradual.start('half'), gradual.start('fill')");
wait_sql($older, "processed > 100 FROM gradual.ledger WHERE name = '$_'") foreach qw(half fill);

# Minor releases of one day note there what earlier ones of a newer major do not know
sql($older, "UPDATE pg_attribute SET attoptions = NULL WHERE attoptions::text LIKE '{pg\\_attver=%'");

# Dump and restore, with the newer programs as one is told to
my $restored = newer('restored');
my $dump = $restored->basedir . '/dump.sql';
$restored->start;
$restored->command_ok([ 'pg_dump', '-f', $dump, $older->connstr('postgres') ], 'pg_dump while they run');
$older->stop;    # before they end
$restored->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-f', $dump, $restored->connstr('postgres') ], 'restore');
goes_on($restored, 'restored');
$restored->stop;

# pg_upgrade starts both servers with the settings that they have
$older->append_conf('postgresql.conf', "shared_preload_libraries = ''");
$older->start;
my $before = standing($older);
$older->stop;
$older->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_gradual'");
foreach my $mode ('--copy', '--link')    # in this order: what was linked cannot be used any more
{
	my $upgraded = newer('upgraded' . $mode =~ s/-+/_/r);
	chdir $upgraded->basedir;
	$upgraded->command_ok(
		[
			'pg_upgrade', '--no-sync', $mode, '-d', $older->data_dir, '-D', $upgraded->data_dir,
			'-b', $older->config_data('--bindir'), '-B', $upgraded->config_data('--bindir'),
			'-s', $upgraded->host, '-p', $older->port, '-P', $upgraded->port
		],
		"pg_upgrade $mode");
	$upgraded->start;
	is(standing($upgraded), $before, "$mode: nothing has moved meanwhile");
	goes_on($upgraded, "upgraded with $mode");
	$upgraded->stop;
}
done_testing();
