# Claim: a worker that is killed in the middle of a backfill, before or after the
# commit of a batch, alone or as one of two that share it by ranges of a key, does
# each row once, those of lost batches included.

use strict;
use warnings;

use GradualTest;
use KillPoints;
use Test::More;

my $node = gradual_node('kill_in_batches');
kill_at_arrivals($node, [qw(before-batch backfill-rows-found before-batch-commit after-commit)],
	1, 2, 4);

# Two to a page, so that there are enough pages to share
sql($node, <<'SQL');
CREATE TABLE wide (code text PRIMARY KEY, n int NOT NULL, filler text NOT NULL);
ALTER TABLE wide ALTER filler SET STORAGE plain;
INSERT INTO wide SELECT md5(i::text), 0, repeat('x', 3500) FROM generate_series(1, 2200) i;
SQL

sub kill_one_of_two
{
	my ($point, $nth) = @_;
	my $log = -s $node->logfile;
	my $name = "$point $nth";
	my $before = sql($node, 'SELECT max(n) FROM wide');

	sql($node, "SELECT gradual.define('$name', 'UPDATE wide SET n = n + 1', batch_size => 100, workers => 2)");
	sql($node, "SELECT gradual_test.kill_at('$point', $nth)");
	# the crash may come before the answer
	$node->psql('postgres', "SELECT gradual.start('$name')");
	$node->wait_for_log(qr/was terminated by signal 9/, $log);
	$node->poll_query_until('postgres', "SELECT status = 'completed' FROM gradual.ledger WHERE name = '$name'")
	  or die "migration $name was not completed";
	is(sql($node, 'SELECT min(n), max(n), count(*) FROM wide'), join('|', $before + 1, $before + 1, 2200), "one of two, killed at $point, arrival $nth");
	is(sql($node, "SELECT processed, progress FROM gradual.ledger WHERE name = '$name'"), '2200|100', 'each row is counted once');
	return;
}

foreach my $point (qw(before-batch backfill-rows-found before-batch-commit after-commit))
{
	kill_one_of_two($point, $_) foreach 3, 4, 9;
}
$node->stop;
done_testing();
