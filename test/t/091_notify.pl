# Claim: NOTIFY on channel gradual tells each transition of a migration, and
# nothing in between: not one for each batch or step.

use strict;
use warnings;

use GradualTest;
use Test::More;

my $node = gradual_node('notify');
my $listener = $node->background_psql('postgres');
my $heard = '';

sql($node, <<'SQL');
CREATE TABLE t (id int PRIMARY KEY, email text);
INSERT INTO t SELECT i, 'u' || i || '@example.org' FROM generate_series(1, 1000) i;
SQL
$listener->query_safe('LISTEN gradual');
sql($node, <<'SQL');
SELECT gradual.define('t', $$
	ALTER TABLE t ADD COLUMN name text;
	UPDATE t SET name = split_part(email, '@', 1);
	ALTER TABLE t ALTER COLUMN name SET NOT NULL;
$$, batch_size => 20);
BEGIN; SELECT gradual.start('t'); ROLLBACK;
SELECT gradual.start('t');
SQL
wait_status($node, 't', 'ready');
sql($node, "SELECT gradual.complete('t')");
wait_status($node, 't', 'completed');

# psql shows what has arrived after the next statement
my ($out, $again) = ('', 0);
$out .= $listener->query('SELECT 1') while $out !~ /"status": "completed"/ && $again++ < 1000;
$out =~ s/Asynchronous/\nAsynchronous/g;
my @payloads = $out =~ /Asynchronous notification "gradual" with payload "(\{.*?\})" received/g;
is(join(' ', map { /"status": "(\w+)"/ } @payloads), 'queued running ready queued running completed',
	'each transition once, in order');
is(join(' ', map { /"phase": "?(\w+)/ } @payloads), 'null null ready ready ready null',
	'with the phase');
is(scalar(grep { /"at": "[^"]+".*"name": "t"/ } @payloads), 6, 'and name and time');

$listener->quit;
$node->stop;
done_testing();
