# Claim: a worker that is killed in the middle of a REINDEX, before its indexes are
# exchanged or after that, leaves nothing behind once the migration has gone on:
# of plain and partitioned tables, with TOAST tables and long names, of two
# migrations at once, by an owner who is no superuser.

use strict;
use warnings;

use GradualTest;
use Test::More;

my $node = gradual_node('kill_reindex');
my $long = 'a name "quoted", with more bytes than a name of a leftover keeps';
my $longer = substr($long, 0, 61) . 'xx';

sql($node, <<"SQL");
CREATE ROLE app LOGIN;
GRANT CREATE ON SCHEMA public TO app;
SET ROLE app;
CREATE TABLE plain (id int PRIMARY KEY, word text UNIQUE, EXCLUDE (id WITH =));
INSERT INTO plain SELECT n, 'word ' || n FROM generate_series(1, 100) n;
CREATE INDEX "${\ ($long =~ s/"/""/gr)}" ON plain (word, id);
CREATE INDEX "${\ ($longer =~ s/"/""/gr)}" ON plain (id, word);
CREATE TABLE parts (id int PRIMARY KEY, word text) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (50);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (50) TO (101);
CREATE INDEX ON parts (word);
INSERT INTO parts SELECT * FROM plain;
SQL

my $leftovers = "SELECT count(*) FROM pg_class WHERE relkind = 'i' AND relname ~ '_cc(new|old)'";
my $indexes = 'SELECT string_agg(relname, chr(10) ORDER BY relname) FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid WHERE indisvalid';
my $before = sql($node, $indexes);

# Kills the worker while both wait for a transaction that has done something
sub kill_while_waiting
{
	my ($name, $statement) = @_;
	my $old = $node->background_psql('postgres', on_error_stop => 0);

	sql($node, <<"SQL");
SET ROLE app;
SELECT gradual.define('plain $name', 'REINDEX TABLE plain');
SELECT gradual.define('parts $name', 'REINDEX TABLE parts');
SQL
	$old->query("BEGIN; $statement");
	sql($node, "SET ROLE app; SELECT gradual.start('plain $name'), gradual.start('parts $name')");
	wait_sql($node, '2 = (SELECT count(*) FROM pg_stat_progress_create_index WHERE current_locker_pid <> 0)');
	cmp_ok(sql($node, $leftovers), '>=', 6, "$name: there is something to be left");
	kill_worker($node, "plain $name");
	eval { $old->quit };
	foreach my $migration ("plain $name", "parts $name")
	{
		wait_status($node, $migration, 'completed');
	}
	is(sql($node, $leftovers), 0, "$name: nothing is left");
	is(sql($node, $indexes), $before, "$name: all indexes are there");
	is(sql($node, 'SELECT count(*) FROM gradual.migration_reindexed'), 0, "$name: and nothing is noted");
	return;
}

kill_while_waiting('writer', "UPDATE plain SET word = word; UPDATE parts SET word = word");
kill_while_waiting('reader', "SELECT count(*) FROM plain; SELECT count(*) FROM parts");
$node->stop;
done_testing();
