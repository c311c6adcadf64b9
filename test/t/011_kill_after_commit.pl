# Claim: a worker that is killed right after any of its commits, in any phase,
# leaves a migration that goes on by itself and ends as if nothing had happened.

use strict;
use warnings;

use GradualTest;
use KillPoints;
use Test::More;

my $node = gradual_node('kill_after_commit');
kill_everywhere($node, qw(after-claim after-top-level after-commit));
$node->stop;
done_testing();
