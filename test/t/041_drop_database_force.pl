# Claim: DROP DATABASE WITH (FORCE) succeeds while several workers are at work there,
# one of them in a command that it cannot leave, and their slots are free afterwards.
# Without FORCE that one is in the way, the error is PostgreSQL's own, and all of
# them go on.  The launcher is never in the way.

use strict;
use warnings;

use GradualTest;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;

# One slot is the logical replication launcher's, three are needed, one is the scout's
my $node = gradual_node('force', conf => "max_worker_processes = 5\n");
my $rows = 4000;
my $workers = "(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'gradual worker')";

# What a worker waits for that cannot step aside; held in another database
my $holder = Session->new(connection => $node->connstr('postgres'), name => 'holder', options => '-c statement_timeout=0');

# A backfill of two workers, and the build of an index
sub begin
{
	my ($dbname) = @_;
	my %opt = (dbname => $dbname);

	sql($node, "CREATE DATABASE $dbname");
	sql($node, 'CREATE EXTENSION pg_gradual', %opt);
	sql($node, <<"SQL", %opt);
CREATE TABLE wide (id int PRIMARY KEY, a int, filler text NOT NULL);
ALTER TABLE wide ALTER filler SET STORAGE plain;
INSERT INTO wide SELECT g, g, repeat('x', 3500) FROM generate_series(1, $rows) g;
CREATE TABLE other (id int);
INSERT INTO other VALUES (1);
CREATE FUNCTION waits(id int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM FROM pg_replication_origin; RETURN id; END';
SELECT gradual.define('fill', 'ALTER TABLE wide ADD COLUMN b int; UPDATE wide SET b = -a', batch_size => 10, workers => 2);
SELECT gradual.define('index', 'CREATE INDEX other_id ON other (waits(id))');
SET gradual.nice = 100;
SELECT gradual.start('fill');
SQL
	wait_sql($node, "processed > 0 AND cardinality(worker) = 2 FROM gradual.ledger WHERE name = 'fill'", %opt);
	$holder->ask('BEGIN; LOCK TABLE pg_replication_origin IN ACCESS EXCLUSIVE MODE');
	sql($node, "SELECT gradual.start('index')", %opt);
	wait_sql($node, "EXISTS (SELECT FROM pg_stat_activity WHERE datname = '$dbname' AND backend_type = 'gradual worker' AND wait_event_type = 'Lock')");
	return;
}

begin('one');
my ($ret, $out, $err) = $node->psql('postgres', 'DROP DATABASE one');
is($err, qq(psql:<stdin>:1: ERROR:  database "one" is being accessed by other users\nDETAIL:  There is 1 other session using the database.),
	'a worker that cannot step aside is in the way, in the words of PostgreSQL');
$holder->ask('COMMIT');
wait_status($node, 'index', 'completed', dbname => 'one');
pass('its migration goes on');
wait_sql($node, "cardinality(worker) = 2 FROM gradual.ledger WHERE name = 'fill'", dbname => 'one');
pass('and those that have stepped aside come back');
sql($node, "SELECT gradual.alter('fill', nice => 0)", dbname => 'one');
wait_status($node, 'fill', 'ready', dbname => 'one');
is(sql($node, 'SELECT count(*) FROM wide WHERE b IS DISTINCT FROM -a', dbname => 'one'), 0, 'no row is missed');
is(sql($node, "SELECT processed FROM gradual.ledger WHERE name = 'fill'", dbname => 'one'), $rows, 'and each is counted once');

begin('two');
my $log = -s $node->logfile;
sql($node, 'DROP DATABASE two WITH (FORCE)');
pass('with FORCE it is dropped');
is(sql($node, "SELECT $workers"), 0, 'all of them have left');
$node->wait_for_log(qr/(FATAL:  database \d+ does not exist.*){2}/s, $log);
$holder->ask('COMMIT');
begin('three');
pass('whose slots others get');
my $said = substr(slurp_file($node->logfile), $log);
is(scalar(() = $said =~ /FATAL:  database \d+ does not exist/g), 2, 'each has tried once to come back');
unlike($said, qr/terminated by signal|PANIC|TRAP/, 'in good order');

# The launcher stays for as long as there is no slot for whom it sends, and is in
# no database meanwhile
$holder->ask('COMMIT');
$node->append_conf('postgresql.conf', 'max_worker_processes = 2');
$node->restart;
wait_sql($node, "EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'gradual launcher')");
sql($node, 'DROP DATABASE one');
sql($node, 'DROP DATABASE three WITH (FORCE)');
pass('databases can be dropped while the launcher goes round');

$holder->drop;
$node->stop;
done_testing();
