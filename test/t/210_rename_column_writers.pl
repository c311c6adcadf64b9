# Claim: while a column is renamed, three clients of the old application and
# three of the new one go on with prepared statements, through expand, backfill,
# index builds, rollback and swap: no statement fails, and at the end each row
# has what was written last, whatever it was written under.
#
# Each write of a client also writes in column "expect" what has to be in the
# renamed column afterwards; a trigger of the user's puts values in lower case.
# No two clients insert the same key, for beside two unique indexes an upsert of it
# may fail: how often it does is counted apart.
#
#   ROWS=1000000 TURNS=10 SEED=42     the long run

use strict;
use warnings;

use GradualTest;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

my $rows = $ENV{ROWS} || 20_000;
my $turns = $ENV{TURNS} || 2;
my $seed = $ENV{SEED} || time;

note "SEED=$seed ROWS=$rows TURNS=$turns";
srand $seed;

my $node = gradual_node('renames', conf => "log_statement = none\n");

sql($node, <<"SQL");
CREATE TABLE account (id bigint PRIMARY KEY, mail text NOT NULL UNIQUE, expect text, touched int DEFAULT 0);
INSERT INTO account SELECT i, 'u' || i, 'u' || i FROM generate_series(1, $rows) i;
CREATE FUNCTION lower_mail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.mail := lower(NEW.mail); RETURN NEW; END';
CREATE TRIGGER lower_mail BEFORE INSERT OR UPDATE OF mail ON account FOR EACH ROW EXECUTE FUNCTION lower_mail();
CREATE SEQUENCE race_key START 9000000000000;
CREATE SEQUENCE refused;
CREATE FUNCTION race(key text) RETURNS void LANGUAGE plpgsql AS \$\$
BEGIN
	INSERT INTO account (id, mail, expect) VALUES (nextval('race_key'), key, key)
		ON CONFLICT (mail) DO UPDATE SET touched = account.touched + 1;
EXCEPTION WHEN unique_violation THEN
	PERFORM nextval('refused');
END \$\$;
CREATE TABLE written (client text PRIMARY KEY, count bigint DEFAULT 0);
VACUUM ANALYZE;
SQL

# The clients; NAME is the column's name as they know it, VALUE what they write
# there, never twice the same.
my %write = (
	update => "UPDATE account SET NAME = VALUE, expect = lower(VALUE) WHERE id = :id;",
	touch => "UPDATE account SET touched = touched + 1 WHERE id = :id;",
	whole_row => "UPDATE account SET NAME = NAME, touched = 0 WHERE id = :id;",
	insert => "INSERT INTO account (id, NAME, expect) VALUES (:fresh, VALUE, lower(VALUE)) ON CONFLICT DO NOTHING;",
	by_key => "INSERT INTO account (id, NAME, expect) VALUES (:id, VALUE, lower(VALUE))
		ON CONFLICT (id) DO UPDATE SET NAME = EXCLUDED.NAME, expect = EXCLUDED.expect;",
	upsert => "INSERT INTO account (id, NAME, expect) VALUES (:fresh, 'K' || :me || '_' || :few, lower('K' || :me || '_' || :few))
		ON CONFLICT (NAME) DO UPDATE SET touched = account.touched + 1;",
	delete => "DELETE FROM account WHERE id = :id;",
	find => "SELECT * FROM (SELECT NAME FROM account WHERE id = :id) q WHERE NAME IS NULL;");

# Runs the scripts over and over.  Before ready there is no unique index for the
# new name that an upsert could mean.
sub clients
{
	my ($first, $column, $early) = @_;
	my $output = '';
	my @files;
	local $ENV{PGAPPNAME} = "$column writer";

	foreach my $name (sort keys %write)
	{
		my $file = $node->basedir . "/$column-$first-$name.sql";
		my $sql = $write{$name};

		next if $early && $name eq 'upsert';
		$sql =~ s/\bNAME\b/$column/g;
		$sql =~ s/\bVALUE\b/'V' || :me || '_' || :x/g;
		append_to_file($file, "\\set me $first + :client_id\n\\set x random(1, 2000000000)\n\\set few random(1, 50)\n"
			  . "\\set id random(1, $rows)\n\\set fresh $rows + 1 + 10 * random(1, 2000000000) + :me\n"
			  . "$sql\nUPDATE written SET count = count + 1 WHERE client = '$column' || :me;\n") unless -e $file;
		push @files, '-f', $file;
	}
	sql($node, "DELETE FROM written WHERE client LIKE '$column%'; INSERT INTO written SELECT '$column' || i FROM generate_series($first, $first + 2) i");
	return {
		output => \$output,
		column => $column,
		run => IPC::Run::start(
			[ 'pgbench', '-n', '-M', 'prepared', '-c', 3, '-R', 300, '-T', 3600,
				'--random-seed', int(rand 2**31), @files, $node->connstr('postgres') ],
			'<', \undef, '>&', \$output) };
}

# Each of them gets somewhere from here on
sub all_write
{
	my @clients = @_;

	foreach my $clients (@clients)
	{
		sql($node, "UPDATE written SET count = 0 WHERE client LIKE '$clients->{column}%'");
		next if eval { wait_sql($node, "min(count) > 20 FROM written WHERE client LIKE '$clients->{column}%'"); 1 };
		$clients->{run}->pump_nb;
		die "$@${ $clients->{output} }";
	}
	return;
}

sub stop
{
	my ($clients) = @_;
	my $failures;

	$clients->{run}->pump_nb;
	$clients->{run}->kill_kill(grace => 0);
	$failures = join "\n", grep { /ERROR|aborted|fatal/i } split /\n/, ${ $clients->{output} };
	is($failures, '', "no statement of the clients that write $clients->{column} fails");
	wait_sql($node, "count(*) = 0 FROM pg_stat_activity WHERE application_name = '$clients->{column} writer'");
	return;
}

sub wrong_rows
{
	my ($condition) = @_;

	return sql($node, "SELECT count(*) FROM account WHERE $condition");
}

# Upserts of new keys by six clients at once
sub race
{
	my $file = $node->basedir . '/race.sql';

	append_to_file($file, "\\set key random(1, 3)\nSELECT race('race' || :key);\nDELETE FROM account WHERE mail = 'race' || :key;\n");
	$node->command_ok([ 'pgbench', '-n', '-c', 6, '-t', 200, '-f', $file, $node->connstr('postgres') ], 'upserts of one new key, by the old name');
	note(sql($node, "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM refused") . ' of 1200 upserts refused by the second unique index');
	return;
}

foreach my $turn (1 .. $turns)
{
	my ($old, $new) = $turn % 2 ? ('mail', 'address') : ('address', 'mail');
	my $name = "turn $turn";
	my $ready = "status = 'ready' FROM gradual.ledger WHERE name = '$name'";
	my ($olds, $news);

	$olds = clients(0, $old);
	all_write($olds);
	sql($node, "CREATE OR REPLACE FUNCTION lower_mail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.$old := lower(NEW.$old); RETURN NEW; END'");
	sql($node, "SELECT gradual.define('$name', 'ALTER TABLE account RENAME $old TO $new; CREATE OR REPLACE FUNCTION lower_mail() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN NEW.$new := lower(NEW.$new); RETURN NEW; END''')");
	sql($node, "SELECT gradual.start('$name')");
	wait_sql($node, "count(*) > 0 FROM pg_attribute WHERE attrelid = 'account'::regclass AND attname = '$new'");
	$news = clients(3, $new, 'early');
	all_write($news);
	wait_sql($node, $ready);
	all_write($olds, $news);
	stop($news);
	$news = clients(3, $new);
	all_write($olds, $news);
	is(wrong_rows("$old IS DISTINCT FROM $new OR $old IS DISTINCT FROM expect"), 0, "$name: both names show what was written");

	if ($turn == 1)
	{
		race();
		stop($news);
		sql($node, "SELECT gradual.rollback('$name')");
		wait_sql($node, "status = 'rolled_back' FROM gradual.ledger WHERE name = '$name'");
		all_write($olds);
		is(wrong_rows("$old IS DISTINCT FROM expect"), 0, "$name: the old name shows what was written, after a rollback");
		sql($node, "SELECT gradual.start('$name')");
		wait_sql($node, "count(*) > 0 FROM pg_attribute WHERE attrelid = 'account'::regclass AND attname = '$new'");
		$news = clients(3, $new, 'early');
		wait_sql($node, $ready);
		all_write($olds, $news);
		stop($news);
		$news = clients(3, $new);
		all_write($news);
	}

	stop($olds);
	sql($node, "SELECT gradual.complete('$name')");
	wait_sql($node, "status = 'completed' FROM gradual.ledger WHERE name = '$name'");
	all_write($news);
	stop($news);
	is(wrong_rows("$new IS DISTINCT FROM expect"), 0, "$name: the new name shows what was written, after complete");
}

is(sql($node, "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'account'::regclass AND attnum > 0 AND NOT attisdropped"),
	$turns % 2 ? 'id address expect touched' : 'id mail expect touched', 'one column is left, where it was');
$node->stop;
done_testing();
