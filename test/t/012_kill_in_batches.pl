# Claim: a worker that is killed in the middle of a backfill, before or after the
# commit of a batch, does each row once, those of lost batches included.

use strict;
use warnings;

use GradualTest;
use KillPoints;
use Test::More;

my $node = gradual_node('kill_in_batches');
kill_at_arrivals($node, [qw(before-batch backfill-rows-found before-batch-commit after-commit)],
	1, 2, 4);
$node->stop;
done_testing();
