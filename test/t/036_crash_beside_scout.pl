# Claim: a scout that has asked for a worker stays until the postmaster has started
# it.  A crash of the server between the two would forget both, and the migration
# would stay interrupted.
#
# The postmaster is stopped meanwhile, so it hears of a crash first, and then of the
# worker that the scout wants.

use strict;
use warnings;

use GradualTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;

my $primary = gradual_node('primary', init => [ allows_streaming => 1 ]);

sql($primary, <<'SQL');
CREATE TABLE t (id int PRIMARY KEY, n int);
INSERT INTO t SELECT i, 0 FROM generate_series(1, 100) i;
SELECT gradual.define('m', 'UPDATE t SET n = n + 1', batch_size => 1);
SET gradual.nice = 100;
SELECT gradual.start('m');
SQL
wait_sql($primary, "processed > 0 FROM gradual.ledger");
$primary->backup('backup');
$primary->stop;

my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup');
$standby->set_standby_mode;
$standby->start;

my $watcher = Session->new(connection => $standby->connstr('postgres'), name => 'watcher');
my $victim = Session->new(connection => $standby->connstr('postgres'), name => 'victim');
my $victim_pid = $victim->ask('SELECT pg_backend_pid()')->{said};
my $log = -s $standby->logfile;

$watcher->ask("SELECT gradual_test.hold('in-scout')");
$standby->promote;
$watcher->ask("SELECT gradual_test.await('in-scout', 1)");
my ($postmaster) = slurp_file($standby->data_dir . '/postmaster.pid') =~ /^(\d+)/;
kill 'STOP', $postmaster;
$watcher->ask("SELECT gradual_test.release('in-scout')");
my $asked = $watcher->ask(<<'SQL');
DO $$
BEGIN
	WHILE EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'gradual worker'
				  AND lower(wait_event) IS DISTINCT FROM 'bgworkerstartup')
	LOOP
		PERFORM pg_stat_clear_snapshot();
	END LOOP;
END $$
SQL
kill 'KILL', $victim_pid;
my $killed = $victim->ask('SELECT 1');
kill 'CONT', $postmaster;
ok($asked->{ok}, 'the scout waits for the worker, or has left');
ok($killed->{lost}, 'a session was killed before the postmaster knew of that');

$standby->wait_for_log(qr/was terminated by signal 9/, $log);
worker_of($standby, 'm');
sql($standby, "SELECT gradual.alter('m', nice => 0)");
wait_status($standby, 'm', 'completed');
is(sql($standby, 'SELECT count(*), min(n), max(n) FROM t'), '100|1|1', 'each row once');
done_testing();
