# Workers killed at random moments of a backfill, beside an application that is
# started again after each crash.

package RandomKills;

use strict;
use warnings;

use Exporter 'import';
use GradualTest;
use Test::More;

our @EXPORT = qw(kill_at_random);

my $unfinished = "status IN ('queued', 'running', 'interrupted')";

sub remaining
{
	my ($kill) = @_;
	return sql($kill->{node}, "SELECT coalesce(sum(total - $kill->{counter}), 0) FROM gradual.ledger WHERE $unfinished");
}

# A crash may undo what was committed without waiting for the disk; three times
# in a row at one place look like a row that crashes the server.
sub go_on
{
	my ($kill) = @_;
	my $failed = sql($kill->{node}, "SELECT string_agg(name, ' ') FROM gradual.ledger WHERE status = 'failed' AND error ~ 'vanished'");

	foreach my $name (split ' ', $failed)
	{
		$kill->{given_up}++;
		sql($kill->{node}, "SELECT gradual.start('$name')");
	}
	return;
}

# When so much of the rows is left that the others fit in after it.  False: the
# backfills are through.
sub kill_one
{
	my ($kill, $left) = @_;
	my $node = $kill->{node};
	my @points = @{ $kill->{points} };
	my $how = $points[ rand $kill->{signals} * @points ];
	my $rest = remaining($kill);
	my $far = int(rand($rest / $kill->{parts}->($left)));
	my $until = $rest > $far ? $rest - $far : 0;
	my $log = -s $node->logfile;

	$how = 'signal' unless defined $how;
	wait_sql($node, "(SELECT coalesce(sum(total - $kill->{counter}), 0) <= $until FROM gradual.ledger"
		. " WHERE $unfinished) OR EXISTS (SELECT FROM gradual.ledger WHERE status = 'failed')");
	go_on($kill);
	return 0 if remaining($kill) <= 0;
	if ($how eq 'signal' || $how =~ /claim/)
	{
		my $pid = sql($node, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'gradual worker' ORDER BY random() LIMIT 1");
		return 1 if $pid eq '' || !kill 'KILL', $pid;
	}
	else
	{
		sql($node, "SELECT gradual_test.kill_at('$how', @{[ 1 + int rand 4 ]})");
	}
	$kill->{killed}{$how}++;
	$node->wait_for_log(qr/was terminated by signal 9/, $log);
	$node->wait_for_log(qr/database system is ready to accept connections/, $log);
	$kill->{restart}->();
	return 1;
}

# Kills the workers so often, and returns when the migrations have stopped by
# themselves.
#   node
#   kills     how often
#   counter   processed or scanned: the rows that are done
#   points    where, besides any moment
#   signals   1.5: one kill in three comes at any moment, 2: every other one
#   parts     into how many parts the rest of the rows is to be cut, for so many kills
#   restart   stops and starts the writers
sub kill_at_random
{
	my %kill = (@_, killed => {}, given_up => 0);
	my $done = 0;

	for (1 .. 3 * $kill{kills})
	{
		last if $done >= $kill{kills} || !kill_one(\%kill, $kill{kills} - $done);
		$done = 0;
		$done += $_ foreach values %{ $kill{killed} };
	}
	note join ', ', "$done kills", map { "$_ $kill{killed}{$_}" } sort keys %{ $kill{killed} };
	note "taken for a crash loop: $kill{given_up} times";
	cmp_ok($done, '>=', $kill{kills} / 2, 'the worker was killed again and again');

	for (1 .. 5)
	{
		wait_sql($kill{node}, "NOT EXISTS (SELECT FROM gradual.ledger WHERE $unfinished)");
		go_on(\%kill);
	}
	return;
}

1;
