# Claim: a worker that is killed before any of its commits, in any phase, leaves
# a migration that goes on by itself and ends as if nothing had happened.

use strict;
use warnings;

use GradualTest;
use KillPoints;
use Test::More;

my $node = gradual_node('kill_before_commit');
kill_everywhere($node, qw(before-claim before-ddl-lock after-command before-ddl-commit before-top-level));
$node->stop;
done_testing();
