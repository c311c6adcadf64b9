# Claim: ALTER EXTENSION UPDATE works while migrations run, in the middle of their
# batches, one of them with two workers.  The workers, whose library does not know the
# new SQL, leave and say why; they come back by themselves once the two agree, and
# every row is changed once.

use strict;
use warnings;

use GradualTest;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;

my $node = gradual_node('update');

# Versions that are nothing but names, in the private copy of the installation
my $share = qx(@{[ $node->config_data('--bindir') ]}/pg_config --sharedir) =~ s/\s+\z//r . '/extension';
my @scripts = map { "$share/pg_gradual--$_.sql" } qw(1.0--9.9 9.9--1.0);
unlink @scripts;
append_to_file($_, "COMMENT ON SCHEMA gradual IS 'updated';\n") foreach @scripts;

sql($node, <<'SQL');
CREATE TABLE t (id int PRIMARY KEY, n int);
INSERT INTO t SELECT i, 0 FROM generate_series(1, 2000) i;
CREATE TABLE wide (id int PRIMARY KEY, a int, filler text NOT NULL);
ALTER TABLE wide ALTER filler SET STORAGE plain;
INSERT INTO wide SELECT g, g, repeat('x', 3500) FROM generate_series(1, 4000) g;
SELECT gradual.define('two', 'ALTER TABLE wide ADD COLUMN b int; UPDATE wide SET b = -a', batch_size => 5, workers => 2);
SELECT gradual.define('m', 'UPDATE t SET n = n + 1', batch_size => 5);
SET gradual.nice = 20;
SELECT gradual.start('two'), gradual.start('m');
SQL
wait_sql($node, "processed > 0 FROM gradual.ledger WHERE name = '$_'") foreach qw(m two);
wait_sql($node, "cardinality(worker) = 2 FROM gradual.ledger WHERE name = 'two'");
my $workers = "(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'gradual worker')";

# At least one of the workers has changed rows, and not committed them yet
my $session = Session->new(connection => $node->connstr('postgres'), name => 'holder');
$session->ask("SELECT gradual_test.hold('before-batch-commit')");
sql($node, "SELECT gradual_test.await('before-batch-commit')");

my $log = -s $node->logfile;
sql($node, "ALTER EXTENSION pg_gradual UPDATE TO '9.9'");
$session->ask("SELECT gradual_test.release('before-batch-commit')");
$node->wait_for_log(qr/LOG:  the library of extension "pg_gradual" does not know version "9.9" of its SQL/, $log);
pass('the worker leaves and says why');
wait_sql($node, "$workers = 0");
pass('so do both that share a backfill, their last batches committed');
is(sql($node, "SELECT sum(processed) = (SELECT count(*) FROM wide WHERE b = -a) FROM gradual.migration_cursor c JOIN gradual.migration m ON m.id = c.migration WHERE m.name = 'two'"), 't',
	'rows and cursors agree');
my ($ret, $out, $err) = $node->psql('postgres', "SELECT gradual.pause('m')");
like($err, qr/does not know version "9.9".*HINT:.*ALTER EXTENSION pg_gradual UPDATE/s, 'calls are refused with a hint');
is($node->psql('postgres', 'INSERT INTO t VALUES (0, 1)'), 0, 'the application goes on');

sql($node, "ALTER EXTENSION pg_gradual UPDATE TO '1.0'");
wait_sql($node, "cardinality(worker) = 2 FROM gradual.ledger WHERE name = 'two'");
pass('both come back');
sql($node, "SELECT gradual.alter('m', nice => 0), gradual.alter('two', nice => 0, batch_size => 0)");
wait_status($node, 'm', 'completed');
wait_status($node, 'two', 'ready');
is(sql($node, "SELECT count(*) FROM wide WHERE b IS DISTINCT FROM -a"), 0, 'every row is filled');
is(sql($node, "SELECT processed FROM gradual.ledger WHERE name = 'two'"), 4000, 'and counted once');
is(sql($node, 'SELECT count(*), min(n), max(n) FROM t'), '2001|1|1', 'it comes back and changes each row once');

$session->drop;
unlink @scripts;
$node->stop;
done_testing();
