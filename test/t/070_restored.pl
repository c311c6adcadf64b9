# Claim: a migration that was dumped while unfinished is paused after the
# restore, in another database of the same server and on another one; resume
# goes on there with definition, steps and cursor as they were dumped.

use strict;
use warnings;

use GradualTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = gradual_node('dumped');
my $other = gradual_node('restored', bare => 1);

sql($node, <<'SQL');
CREATE TABLE half (id int PRIMARY KEY, n int);
INSERT INTO half SELECT i, 0 FROM generate_series(1, 2000) i;
CREATE TABLE account (id int PRIMARY KEY, email text);
INSERT INTO account SELECT i, 'u' || i || '@example.org' FROM generate_series(1, 100) i;
SELECT gradual.define('half', 'UPDATE half SET n = n + 1', batch_size => 10);
SELECT gradual.define('name', $$
	ALTER TABLE account ADD COLUMN name text;
	UPDATE account SET name = split_part(email, '@', 1);
	ALTER TABLE account ALTER COLUMN name SET NOT NULL;
$$);
SELECT gradual.start('name');
SET gradual.nice = 100;
SELECT gradual.start('half');
SQL
wait_status($node, 'name', 'ready');
wait_sql($node, "processed > 100 FROM gradual.ledger WHERE name = 'half'");

# The dump is one snapshot: rows and cursor of the same batch
my $dump = $node->basedir . '/dump.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('postgres') ], 'pg_dump while it runs');

foreach my $target ([ $node, 'copy' ], [ $other, 'postgres' ])
{
	my ($server, $dbname) = @$target;
	my $where = $server == $node ? 'another database' : 'another server';
	my %opt = (dbname => $dbname);

	sql($server, 'CREATE DATABASE copy TEMPLATE template0') if $dbname eq 'copy';
	$server->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', $dump, $server->connstr($dbname) ],
		"restore into $where");
	is(sql($server, "SELECT status, activity, worker FROM gradual.ledger WHERE name = 'half'", %opt),
		q(paused|restored; gradual.resume('half') to go on here|{}), "$where: paused");
	is(sql($server, "SELECT processed = (SELECT count(*) FROM half WHERE n = 1) AND processed BETWEEN 100 AND 1999 FROM gradual.ledger WHERE name = 'half'", %opt),
		't', "$where: cursor and rows agree");
	is(sql($server, "SELECT count(*) > 0 FROM gradual.step WHERE name = 'half'", %opt), 't',
		"$where: the steps are there");

	# A restart with the launcher does not start what nobody has asked for here
	$server->restart;
	is(status_of($server, 'half', %opt), 'paused', "$where: still paused after a restart");

	is(sql($server, "SELECT gradual.resume('half')", %opt), 'queued', "$where: resume");
	sql($server, "SELECT gradual.alter('half', nice => 0)", %opt);
	wait_status($server, 'half', 'completed', %opt);
	is(sql($server, 'SELECT count(*), min(n), max(n) FROM half', %opt), '2000|1|1', "$where: each row once");
	is(sql($server, "SELECT processed FROM gradual.ledger WHERE name = 'half'", %opt), 2000, "$where: counted once");
	is(sql($server, "SELECT count(*) FROM gradual.event WHERE name = 'half' AND event = 'restored'", %opt),
		1, "$where: the log tells");

	is(status_of($server, 'name', %opt), 'ready', "$where: ready is ready");
	sql($server, "INSERT INTO account VALUES (0, 'new\@example.org')", %opt);
	is(sql($server, 'SELECT name FROM account WHERE id = 0', %opt), 'new', "$where: with its sync trigger");
	sql($server, "SELECT gradual.complete('name')", %opt);
	wait_status($server, 'name', 'completed', %opt);
}

# The one that was dumped has not noticed
isnt(status_of($node, 'half'), 'paused', 'the original goes on');
sql($node, "SELECT gradual.alter('half', nice => 0)");
wait_status($node, 'half', 'completed');
is(sql($node, 'SELECT count(*), min(n), max(n) FROM half'), '2000|1|1', 'to its end');

$_->stop foreach $node, $other;
done_testing();
