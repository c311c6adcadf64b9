# Claim: on a standby all functions that only look do so, and CALL wait waits; each of
# the others says that this is a standby and where to go, and leaves nothing there.

use strict;
use warnings;

use GradualTest;
use PostgreSQL::Test::Cluster;
use Test::More;

my $primary = gradual_node('primary', init => [ allows_streaming => 1 ]);

sql($primary, <<'SQL');
CREATE TABLE t (id int PRIMARY KEY, n int);
INSERT INTO t SELECT i, 0 FROM generate_series(1, 2000) i;
CREATE TABLE account (id int PRIMARY KEY, email text);
INSERT INTO account VALUES (1, 'a@example.org');
SELECT gradual.define('ready', 'ALTER TABLE account ADD COLUMN name text; UPDATE account SET name = email');
SELECT gradual.define('later', 'UPDATE account SET email = lower(email)');
SELECT gradual.define('half', 'UPDATE t SET n = n + 1', batch_size => 4);
SELECT gradual.start('ready');
SELECT gradual.track_start('tracked');
SET gradual.nice = 100;
SELECT gradual.start('half');
SQL
wait_status($primary, 'ready', 'ready');
wait_sql($primary, "processed > 0 FROM gradual.ledger WHERE name = 'half'");
$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby);

# Those that look
my $plan = "SELECT step, phase, action, target, sql FROM gradual.plan('ready')";
is(sql($standby, $plan), sql($primary, $plan), 'the plan is that of the primary');
is(sql($standby, "SELECT gradual.has_run('ready')"), 'f', 'has_run');
is(sql($standby, 'SELECT name, status FROM gradual.ledger ORDER BY name'),
	"half|running\nlater|defined\nready|ready\ntracked|running", 'the ledger: what runs does so on the primary');
foreach my $view (qw(progress step event))
{
	cmp_ok(sql($standby, "SELECT count(*) FROM gradual.$view"), '>', 0, "gradual.$view");
}
is(sql($standby, 'SELECT count(*) FROM gradual.quarantined'), 0, 'gradual.quarantined');

# All others
my %calls = map { $_ => "SELECT gradual.$_('ready')" }
  qw(start complete rollback pause resume cancel alter forget run_batch retry_quarantined track_complete);
$calls{define} = "SELECT gradual.define('new', 'CREATE TABLE new ()')";
$calls{explain} = "SELECT * FROM gradual.explain('CREATE TABLE new ()')";
$calls{preview} = "SELECT * FROM gradual.preview('later')";
$calls{rehearse} = "SELECT * FROM gradual.rehearse('later')";
$calls{run} = "CALL gradual.run('later')";
$calls{track_start} = "SELECT gradual.track_start('new')";
$calls{track_progress} = "SELECT gradual.track_progress('tracked', 1)";
$calls{track_fail} = "SELECT gradual.track_fail('tracked', 'why')";
my $public = sql($primary, "SELECT string_agg(proname, ' ' ORDER BY proname) FROM pg_proc"
	. " WHERE pronamespace = 'gradual'::regnamespace AND proargnames[1] IN ('name', 'script')");
is(join(' ', sort keys %calls, qw(has_run plan wait)), $public, 'no function is forgotten');
foreach my $name (sort keys %calls)
{
	my ($ret, $out, $err) = $standby->psql('postgres', "\\set VERBOSITY verbose\n$calls{$name}");
	like($err, qr/ERROR:  25006: migrations can be neither checked nor steered on a standby\nDETAIL:  This server is in recovery.*\nHINT:  Connect to the primary/, $name);
}

# wait, until the primary is there
sql($primary, "SELECT gradual.alter('half', nice => 0)");
sql($standby, "CALL gradual.wait('half')");
is(sql($standby, 'SELECT count(*), min(n), max(n) FROM t'), '2000|1|1', 'wait ends when the migration is there');
is(sql($standby, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), 0, 'no lock is left');

$standby->stop;
$primary->stop;
done_testing();
