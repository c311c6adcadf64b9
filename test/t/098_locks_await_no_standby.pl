# Claim: no commit waits for a synchronous standby while it holds a lock on a table
# or on rows: a standby that is gone stops nobody but those who write, and
# what comes next waits for it.

use strict;
use warnings;

use GradualTest;
use Test::More;

my $node = gradual_node('no_standby', init => [ allows_streaming => 1 ]);
my $control = $node->background_psql('postgres');

sub standby_is
{
	my ($names) = @_;
	$node->append_conf('postgresql.conf', "synchronous_standby_names = '$names'");
	$node->reload;
	return;
}

# Until a commit waits: the server looks at its configuration in its own time.
sub standby_is_gone
{
	my $writer = $node->background_psql('postgres');
	standby_is('gone');
	$writer->query_until(qr/started/, "\\echo started\nSELECT pg_logical_emit_message(true, '', '') \\watch 0.01\n");
	wait_sql($node, "count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
	return $writer;
}

# What the worker locks while it waits for the standby
sub locks_of_worker
{
	wait_sql($node, "count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND backend_type = 'gradual worker'");
	return sql($node, <<'SQL');
SELECT coalesce(string_agg(relation::regclass || ' ' || mode, ', ' ORDER BY 1), 'none')
FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE backend_type = 'gradual worker' AND relation = 't'::regclass
SQL
}

sub here_again
{
	my ($writer) = @_;
	standby_is('');
	$writer->{run}->kill_kill;
	return;
}

sql($node, <<'SQL');
CREATE TABLE t (id int PRIMARY KEY, n int);
INSERT INTO t SELECT i, i FROM generate_series(1, 1000) i;
SELECT gradual.define('m', $$
	ALTER TABLE t ADD COLUMN m int;
	UPDATE t SET m = n;
	ALTER TABLE t DROP COLUMN n;
$$, batch_size => 10);
SQL
my @held = qw(after-ddl-lock before-batch-commit);
$control->query_safe("SELECT gradual_test.hold('$_')") foreach @held;
sql($node, "SELECT gradual.start('m')");
for my $at (@held)
{
	$control->query_safe("SELECT gradual_test.await('$at', 1)");
	my $writer = standby_is_gone();
	$control->query_safe("SELECT gradual_test.release('$at')");
	is(locks_of_worker(), 'none', "$at: the worker waits without a lock");
	here_again($writer);
}
wait_status($node, 'm', 'ready');
is(sql($node, 'SELECT count(*) FROM t WHERE m = n'), '1000', 'all rows are filled');

$control->quit;
$node->stop;
done_testing();
