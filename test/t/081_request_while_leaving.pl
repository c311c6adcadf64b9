# Claim: a request that comes while the worker is leaving is taken up at once.  It
# interrupts the worker, which must not end with an error of that: the postmaster
# would start it again only after 5 s.

use strict;
use warnings;

use GradualTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = gradual_node('leaving');

sql($node, <<'SQL');
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT i, i FROM generate_series(1, 10) i;
SELECT gradual.define('t', 'ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = a WHERE b IS NULL');
SELECT gradual_test.hold('before-leaving');
SELECT gradual.start('t');
SELECT gradual_test.await('before-leaving');
SELECT gradual.rollback('t');
SELECT gradual_test.release('before-leaving');
CALL gradual.wait('t');
SQL
is(status_of($node, 't'), 'rolled_back', 'the request is taken up');

$node->stop;
my $log = slurp_file($node->logfile);
unlike($log, qr/ERROR/, 'no error');
unlike($log, qr/gradual worker.*exited with exit code 1/, 'and no restart');
done_testing();
