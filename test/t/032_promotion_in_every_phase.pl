# Claim: in whatever phase the primary dies, the migration goes on on a standby that
# is promoted and ends as if nothing had happened: on one that had everything that
# was flushed, on one that had stopped to follow some time before, and on the
# old primary when it is started again instead.  No row is missed, none done twice.

use strict;
use warnings;

use File::Path qw(rmtree mkpath);
use GradualTest;
use KillPoints qw(outcome);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;

# phase, where it dies, at which arrival; where the late standby stopped to follow.
# A point before-commit-PHASE is the end of a transaction that will be lost.
my @deaths = (
	[ 'expand', 'before-commit-expand', 2, 'before-claim' ],
	[ 'backfill', 'before-batch-commit', 4, 'before-batch' ],
	[ 'backfill', 'before-commit-backfill', 12, 'before-batch' ],
	[ 'index', 'after-top-level', 1, 'before-batch' ],
	[ 'verify', 'before-commit-verify', 2, 'before-top-level' ],
	[ 'ready', undef, 0, 'before-top-level' ],
	[ 'prepare', 'before-commit-prepare', 4, 'before-top-level' ],
	[ 'swap', 'before-commit-swap', 2, 'before-top-level' ],
	[ 'tail', 'before-commit-tail', 3, 'before-top-level' ],
);

my $primary = gradual_node('primary', init => [ allows_streaming => 1, extra => [ '--wal-segsize=1' ] ],
	conf => "restart_after_crash = off\nmin_wal_size = 4MB\nmax_wal_size = 16MB\nwal_keep_size = 8MB\nwal_retrieve_retry_interval = 100ms\n");
my @standbys = map { PostgreSQL::Test::Cluster->new($_) } qw(near late);
my ($near, $late) = @standbys;
my $tables = 0;

sub define
{
	my $t = 't' . ++$tables;

	sql($primary, <<"SQL");
CREATE TABLE $t (id int PRIMARY KEY, email text, n int DEFAULT 0, code int, old int);
CREATE UNIQUE INDEX ${t}_code ON $t (code);
CREATE INDEX ${t}_old ON $t (old);
CREATE TRIGGER quiet BEFORE UPDATE ON $t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
INSERT INTO $t SELECT i, 'u' || i || '\@example.org', i, i, i FROM generate_series(1, 300) i;
SELECT gradual.define('$t', \$\$
	ALTER TABLE $t ADD COLUMN name text;
	UPDATE $t SET name = split_part(email, '\@', 1);
	ALTER TABLE $t ALTER COLUMN name SET NOT NULL;
	UPDATE $t SET n = n + 1;
	CREATE INDEX ${t}_email ON $t (email);
	ALTER TABLE $t ADD CHECK (n > 0);
	ALTER TABLE $t ALTER COLUMN code TYPE bigint;
	DROP INDEX ${t}_old;
	ALTER TABLE $t DISABLE TRIGGER quiet;
	UPDATE $t SET old = old + 1;
\$\$, batch_size => 100);
SQL
	return $t;
}

# Ends it, wherever it stands
sub goes_on
{
	my ($node, $t) = @_;

	wait_sql($node, "status IN ('ready', 'completed') FROM gradual.ledger WHERE name = '$t'");
	sql($node, "SELECT gradual.complete('$t')") if status_of($node, $t) eq 'ready';
	wait_status($node, $t, 'completed');
	return outcome($node, $t, 'code = id', 'old = id + 1');
}

# Fresh standbys of the primary, which is down: copies of its files
sub follow
{
	foreach my $standby (@standbys)
	{
		$standby->stop('immediate');
		rmtree($standby->data_dir);
		system_or_bail('cp', '-a', $primary->data_dir, $standby->data_dir);
		unlink $standby->data_dir . '/postmaster.pid';
		$standby->append_conf('postgresql.conf', 'port = ' . $standby->port . "\nsynchronous_standby_names = ''");
		$standby->enable_streaming($primary);
	}
	start_again($primary);
	$_->start foreach @standbys;
	return;
}

# The late standby has what there is, and gets no more
sub cut_off
{
	$primary->wait_for_catchup($late);
	sql($late, 'ALTER SYSTEM SET primary_conninfo = \'\'');
	$late->reload;
	wait_sql($late, 'NOT EXISTS (SELECT FROM pg_stat_wal_receiver)');
	return;
}

sub wait_until_dead
{
	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		return if !-e $primary->data_dir . '/postmaster.pid';
		select undef, undef, undef, 0.1;
	}
	die 'the primary did not die';
}

sub die_in
{
	my ($phase, $point, $nth, $cut) = @_;
	my $t = define();
	my $session = Session->new(connection => $primary->connstr('postgres'), name => 'holder');
	my $auto = defined $point ? 'true' : 'false';

	$session->ask("SELECT gradual_test.reset(); SELECT gradual_test.hold('$cut')");
	sql($primary, "SELECT gradual.start('$t', auto_complete => $auto)");
	sql($primary, "SELECT gradual_test.await('$cut')");
	cut_off();
	sql($primary, "SELECT gradual_test.kill_at('$point', $nth)") if defined $point;
	$session->ask("SELECT gradual_test.release('$cut')");
	if (defined $point)
	{
		wait_until_dead();
		is(sql($near, "SELECT phase FROM gradual.ledger WHERE name = '$t'"), $phase, "the primary dies in $phase");
	}
	else
	{
		wait_status($primary, $t, $phase);
		sql($primary, 'SELECT pg_switch_wal()');
		$primary->wait_for_catchup($near);
	}
	return $t;
}

$primary->append_conf('postgresql.conf', "synchronous_standby_names = 'near'");
$primary->stop;
mkpath($_->basedir) foreach @standbys;
follow();
my $undisturbed = define();
sql($primary, "SELECT gradual.start('$undisturbed', auto_complete => true)");
my $expected = goes_on($primary, $undisturbed);
like($expected, qr/\n300\|45150\|300\|300\|300\|300$/, 'the undisturbed migration has changed every row once');
note $expected;

foreach my $death (@deaths)
{
	my ($phase, $point) = @$death;
	my $t = die_in(@$death);
	my $late_phase = sql($late, "SELECT coalesce(phase, 'none') FROM gradual.ledger WHERE name = '$t'");

	$primary->stop('immediate', fail_ok => 1);
	$_->promote foreach @standbys;
	is(goes_on($near, $t), $expected, "$phase: the standby that followed goes on");
	is(goes_on($late, $t), $expected, "$phase: the one that stopped in $late_phase, too");
	follow();
	is(goes_on($primary, $t), $expected, "$phase: and so does the old primary");
}

$_->stop('immediate') foreach @standbys, $primary;
done_testing();
