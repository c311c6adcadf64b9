# Claim: ALTER EXTENSION UPDATE works while a migration runs.  Its worker, whose
# library does not know the new SQL, leaves and says why; it comes back by itself
# once the two agree, and every row is changed once.

use strict;
use warnings;

use GradualTest;
use PostgreSQL::Test::Utils;
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
SET gradual.nice = 100;
SELECT gradual.define('m', 'UPDATE t SET n = n + 1', batch_size => 20);
SELECT gradual.start('m');
SQL
wait_sql($node, "processed > 0 FROM gradual.ledger WHERE name = 'm'");

my $log = -s $node->logfile;
sql($node, "ALTER EXTENSION pg_gradual UPDATE TO '9.9'");
$node->wait_for_log(qr/LOG:  the library of extension "pg_gradual" does not know version "9.9" of its SQL/, $log);
pass('the worker leaves and says why');
my ($ret, $out, $err) = $node->psql('postgres', "SELECT gradual.pause('m')");
like($err, qr/does not know version "9.9".*HINT:.*ALTER EXTENSION pg_gradual UPDATE/s, 'calls are refused with a hint');
is($node->psql('postgres', 'INSERT INTO t VALUES (0, 1)'), 0, 'the application goes on');

sql($node, "ALTER EXTENSION pg_gradual UPDATE TO '1.0'; SELECT gradual.alter('m', nice => 0)");
wait_status($node, 'm', 'completed');
is(sql($node, 'SELECT count(*), min(n), max(n) FROM t'), '2001|1|1', 'it comes back and changes each row once');

unlink @scripts;
$node->stop;
done_testing();
