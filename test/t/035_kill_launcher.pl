# Claim: where the launcher dies in its round, or the scout that it has sent into a
# database, unfinished migrations of all databases go on all the same.
#
# Both are there for a moment after a start, or a promotion: before that a test can
# say where they shall die.

use strict;
use warnings;

use GradualTest;
use PostgreSQL::Test::Cluster;
use Test::More;

my $primary = gradual_node('primary', init => [ allows_streaming => 1 ]);
my @databases = qw(postgres second third);

foreach my $dbname (@databases)
{
	sql($primary, "CREATE DATABASE $dbname") if $dbname ne 'postgres';
	sql($primary, 'CREATE EXTENSION IF NOT EXISTS pg_gradual', dbname => $dbname);
	sql($primary, <<'SQL', dbname => $dbname);
CREATE TABLE t (id int PRIMARY KEY, n int);
INSERT INTO t SELECT i, 0 FROM generate_series(1, 2000) i;
SELECT gradual.define('m', 'UPDATE t SET n = n + 1', batch_size => 4);
SET gradual.nice = 100;
SELECT gradual.start('m');
SQL
	wait_sql($primary, "processed > 0 FROM gradual.ledger", dbname => $dbname);
}
$primary->backup('backup');
$primary->stop;

foreach my $death ([ 'before-scout', 2 ], [ 'in-scout', 1 ], [ 'in-scout', 3 ])
{
	my ($point, $nth) = @$death;
	my $standby = PostgreSQL::Test::Cluster->new("standby-$point-$nth");

	$standby->init_from_backup($primary, 'backup');
	$standby->set_standby_mode;
	$standby->start;
	my $log = -s $standby->logfile;
	sql($standby, "SELECT gradual_test.kill_at('$point', $nth)");
	$standby->promote;
	$standby->wait_for_log(qr/was terminated by signal 9/, $log);
	foreach my $dbname (@databases)
	{
		worker_of($standby, 'm', dbname => $dbname);
		sql($standby, "SELECT gradual.alter('m', nice => 0)", dbname => $dbname);
		wait_status($standby, 'm', 'completed', dbname => $dbname);
		is(sql($standby, 'SELECT count(*), min(n), max(n) FROM t', dbname => $dbname), '2000|1|1',
			"$point, arrival $nth: each row once in $dbname");
	}
	$standby->stop;
}
done_testing();
