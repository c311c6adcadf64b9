# Claim: where all connections are taken, also those kept for superusers,
# migrations begin and go on with all their workers, which need none of them.  A
# worker that does not get in for a reason that passes comes back by itself.

use strict;
use warnings;

use GradualTest;
use Session;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = gradual_node('connections', conf => "max_connections = 12\nsuperuser_reserved_connections = 3\n");

sql($node, <<'SQL');
CREATE ROLE app LOGIN;
GRANT CREATE ON SCHEMA public TO app;
SET ROLE app;
CREATE TABLE a (id int PRIMARY KEY, n int, filler text NOT NULL);
ALTER TABLE a ALTER filler SET STORAGE plain;
INSERT INTO a SELECT i, 0, repeat('x', 3500) FROM generate_series(1, 2200) i;
CREATE TABLE b (LIKE a INCLUDING ALL);
INSERT INTO b TABLE a;
SELECT gradual.define('a', 'UPDATE a SET n = 1 WHERE n = 0', batch_size => 20, workers => 3);
SELECT gradual.define('b', 'UPDATE b SET n = 1 WHERE n = 0', batch_size => 20);
SQL

my $admin = Session->new(connection => $node->connstr('postgres'), name => 'admin');
$admin->open;

# Everybody else, until there is no room; as superusers also the reserved ones
sub crowd
{
	my ($role) = @_;
	my @crowd;

	for (1 .. 20)
	{
		my $session = Session->new(connection => $node->connstr('postgres') . " user=$role", name => 'crowd');
		last if !$session->ask('SELECT 1')->{ok};
		push @crowd, $session;
	}
	return @crowd;
}

sub wait_for
{
	my ($name, $condition) = @_;
	for (1 .. 5 * $PostgreSQL::Test::Utils::timeout_default)
	{
		return 1 if $admin->ask("SELECT $condition FROM gradual.ledger WHERE name = '$name'")->{said} eq 't';
		select undef, undef, undef, 0.1;
	}
	diag($admin->ask('SELECT name, status, activity, error FROM gradual.ledger')->{said});
	return 0;
}

# All connections are taken, also those that are kept for superusers
my ($superuser) = $admin->ask('SELECT current_user')->{said};
my @app = crowd('app');
my @reserved = crowd($superuser);
is($admin->ask("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")->{said}, 12, 'all connections are taken');
like(sqlstate_of($node, 'SELECT 1'), qr/sorry, too many clients already/, 'nobody else gets in');
$app[0]->ask('SET gradual.nice = 100');
is($app[0]->ask("SELECT gradual.start('a')")->{said}, 'queued', 'a migration is started');
ok(wait_for('a', 'cardinality(worker) = 3'), 'and has all its workers');
$admin->ask("SELECT pg_terminate_backend(worker[1]) FROM gradual.ledger WHERE name = 'a'");
ok(wait_for('a', 'cardinality(worker) = 0'), 'they are gone');
ok(wait_for('a', 'cardinality(worker) = 3'), 'and come back');
$app[0]->ask("SELECT gradual.alter('a', nice => 0)");
ok(wait_for('a', "status = 'completed'"), 'it goes on');

# Turned away while it connects
$admin->ask('BEGIN');
$admin->ask('LOCK TABLE pg_database');
is($app[0]->ask("SELECT gradual.start('b')")->{said}, 'queued', 'a migration is started');
my $pid = '';
$pid = $admin->ask("SELECT pid FROM pg_locks WHERE relation = 'pg_database'::regclass AND NOT granted")->{said} while $pid eq '';
my $log = -s $node->logfile;
is($admin->ask("SELECT pg_terminate_backend($pid)")->{said}, 't', 'its worker is ended before it has connected');
$admin->ask('ROLLBACK');
$node->wait_for_log(qr/FATAL:  terminating (?:background worker|connection)/, $log);
ok(wait_for('b', "status = 'completed'"), 'it comes back by itself');
$_->drop foreach $admin, @app, @reserved;
foreach my $name (qw(a b))
{
	is(sql($node, "SELECT count(*), min(n), max(n) FROM $name"), '2200|1|1', "each row of $name was changed");
	is(sql($node, "SELECT processed FROM gradual.ledger WHERE name = '$name'"), 2200, 'and counted once');
}

$node->stop;
done_testing();
