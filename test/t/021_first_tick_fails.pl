# Claim: where a worker cannot even read the ledger, it leaves once and for all,
# and two of that kind do not start each other; with the ledger mended resume
# goes on.  A deadlock at its first look is waited off.

use strict;
use warnings;

use GradualTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = gradual_node('first_tick', conf => "deadlock_timeout = 3s\n");

foreach my $name (qw(a b healthy))
{
	sql($node, <<"SQL");
CREATE TABLE $name (id int PRIMARY KEY, n int);
INSERT INTO $name SELECT i, 0 FROM generate_series(1, 1000) i;
SELECT gradual.define('$name', 'UPDATE $name SET n = n + 1', batch_size => 10);
SQL
}

# What a worker reads first is not what it should be
my $control = $node->background_psql('postgres');
$control->query_safe("SELECT gradual_test.hold('after-claim')");
sql($node, "SELECT gradual.start('a'), gradual.start('b')");
$control->query_safe("SELECT gradual_test.await('after-claim', 2)");
sql($node, "UPDATE gradual.migration_step SET kind = 'nonsense' FROM gradual.migration m WHERE m.id = migration AND m.name IN ('a', 'b')");
my $log = -s $node->logfile;
$control->query_safe("SELECT gradual_test.release('after-claim')");
wait_status($node, $_, 'interrupted') foreach qw(a b);
my $text = substr slurp_file($node->logfile), $log;
like($text, qr/LOG:  migration \d+ failed, which cannot be recorded: .*nonsense/, 'the log says what is wrong');
unlike($text, qr/terminated by signal|TRAP/, 'nobody crashed');

# Whoever leaves later starts them once more, and that is all
sql($node, "SELECT gradual.start('healthy')");
wait_status($node, 'healthy', 'completed');
wait_sql($node, "count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'gradual worker'");
cmp_ok(sql($node, "SELECT max(incarnation) FROM gradual.migration WHERE name IN ('a', 'b')"), '<', 8, 'they do not start each other for ever');

# Mended
sql($node, "UPDATE gradual.migration_step SET kind = 'backfill' WHERE kind = 'nonsense'");
sql($node, "SELECT gradual.resume('a'), gradual.resume('b')");
foreach my $name (qw(a b))
{
	wait_status($node, $name, 'completed');
	is(sql($node, "SELECT count(*) FROM $name WHERE n = 1"), 1000, "$name goes on, and changes each row once");
}

# A deadlock at the first look: it has the migration's row, and waits for the steps
sql($node, <<'SQL');
CREATE TABLE late (id int PRIMARY KEY, n int);
INSERT INTO late SELECT i, 0 FROM generate_series(1, 1000) i;
SELECT gradual.define('late', 'UPDATE late SET n = n + 1');
SQL
$control->query_safe("SELECT gradual_test.hold('after-claim')");
sql($node, "SELECT gradual.start('late')");
$control->query_safe("SELECT gradual_test.await('after-claim')");
my $other = $node->background_psql('postgres');
$other->query_safe("SET deadlock_timeout = '1min'; BEGIN; LOCK TABLE gradual.migration_step");
$log = -s $node->logfile;
$control->query_safe("SELECT gradual_test.release('after-claim')");
wait_sql($node, "EXISTS (SELECT FROM pg_locks WHERE relation = 'gradual.migration_step'::regclass AND NOT granted)");
$other->query_safe('LOCK TABLE gradual.migration; COMMIT');
wait_status($node, 'late', 'completed');
$text = substr slurp_file($node->logfile), $log;
unlike($text, qr/terminated by signal|TRAP/, 'a deadlock at the first look crashes nothing');
is(sql($node, 'SELECT count(*) FROM late WHERE n = 1'), 1000, 'and is waited off');

$other->quit;
$control->quit;
$node->stop;
done_testing();
