# Every form of a statement, alone and after every other one: through psql -1,
# and as a migration; and a rollback on the way.  What is left must be the same.
#
# A case is made from its number and the seed alone.  Many cases share a session
# of psql, each in schemas of its own: its script runs in a transaction, which
# is looked at (same_as_psql.sql) and rolled back, and then as a migration.

package Pairs;

use strict;
use warnings;

use Exporter 'import';
use File::Basename;
use List::Util qw(first shuffle);
use PairForms;
use POSIX ':sys_wait_h';
use PostgreSQL::Test::Utils;
use SameAsPsql;

our @EXPORT = qw(case_numbers make_case run_cases judge psql_of read_output without_block);

my @forms = pair_forms();
my @variants = qw(same other new near freed);

# Pairs by number: the second form runs fastest; none is a form alone.
sub case_numbers
{
	my $all = @forms + 1;
	return map { my $a = $_; map { $a * $all + $_ } 0 .. $#forms + 1 } 0 .. $#forms;
}

# --- from forms to a script ---

sub pick { return $_[ rand @_ ]; }

# What a statement makes and what it frees, by kind: [kind, placeholder]
my @makes = (
	[ column => qr/(?:ADD(?: COLUMN)?(?: IF NOT EXISTS)?|RENAME COLUMN \{\w\} TO) \{n\} (?!UNIQUE \(|CHECK|FOREIGN)/ ],
	[ x => qr/INDEX (?:IF NOT EXISTS )?\{n\}|ALTER INDEX \{x\} RENAME TO \{n\}/ ],
	[ k => qr/ADD CONSTRAINT \{n2?\}|RENAME CONSTRAINT \{k\} TO \{n\}/ ],
	[ u => qr/ADD CONSTRAINT \{n\} UNIQUE|RENAME CONSTRAINT \{u\} TO \{n\}/ ],
	[ v => qr/VIEW \{n\}|ALTER VIEW \{v\} RENAME TO \{n\}/ ],
	[ t => qr/ALTER TABLE \{t\} RENAME TO \{n\}/ ],
	[ trg => qr/CREATE TRIGGER \{n\}|ALTER TRIGGER \{trg\} .* RENAME TO \{n\}/ ],
	[ pol => qr/CREATE POLICY \{n\}/ ],
	[ st => qr/CREATE STATISTICS \{n\}/ ],);
my @frees = (
	[ column => qr/(?:DROP COLUMN(?: IF EXISTS)?|RENAME COLUMN) \{(\w)\}/ ],
	[ x => qr/DROP INDEX \{(x)\}(?!;)|ALTER INDEX \{(x)\} RENAME/ ],
	[ k => qr/DROP CONSTRAINT \{(k)\}(?!;)|RENAME CONSTRAINT \{(k)\}/ ],
	[ v => qr/DROP VIEW \{(v)\}(?!;)|ALTER VIEW \{(v)\} RENAME/ ],
	[ t => qr/DROP TABLE IF EXISTS \{(t)\}|ALTER TABLE \{(t)\} RENAME TO/ ],
	[ trg => qr/DROP TRIGGER \{(trg)\}|ALTER TRIGGER \{(trg)\} .* RENAME/ ],);
my $column = qr/\{([csijdrepDbw])\}/;

sub kinds { my ($sql, @of) = @_; return grep { "$sql " =~ $_->[1] } @of; }

# The value of each placeholder of one statement
sub bind
{
	my ($case, $form, $table, $name, $is_other) = @_;
	my $near = $table eq 'orders' ? 'customers' : $table eq 'customers' ? 'orders' : 'customers';
	my %value = (t => quoted($table), T => $near, S => $case->{schema}, n => quoted($name), n2 => quoted("${name}2"), vol => 'vol_' . lc($name =~ s/\W/_/r));

	$value{$_} = object_of($_, $table) foreach qw(x k kv u v trg pol st);
	foreach my $letter (split //, 'csijdrepDbw')
	{
		my @columns = columns_of($letter);
		$value{$letter} = $letter eq 'c' ? $columns[ rand @columns ] : $columns[ $is_other ? -1 : 0 ];
	}
	$value{c} = pick(grep { $_ ne 'id' } columns_of('c')) if $value{c} eq 'id' && rand() < 0.7;
	return \%value;
}

sub fill_in
{
	my ($sql, $value) = @_;
	my $raw = $value->{n} =~ s/"//gr;
	my $word = lc($raw =~ s/\W/_/gr);

	$sql =~ s/'\{n\}'/'$raw'/g;
	$sql =~ s/\{S\}_\{n\}/$value->{S}_$word/g;
	$sql =~ s/\{(\w+)\}/$value->{$1}/ge;
	return $sql;
}

# What the tables have besides: what the forms need, and now and then one more.
# MORE names it instead.
sub choose_more
{
	my ($case, @tables) = @_;
	my %more = map { $_ => 1 } needs_of_more($case->{script});

	$more{ pick(names_of_more()) } = 1 if rand() < 0.35;
	$more{$_} = 1 foreach split /,/, $ENV{MORE} // '';
	# no foreign key of a permanent table leads to what is unlogged, and no publication has it
	delete $more{unlogged} if $more{keys} || $more{publication};
	$case->{base} = base_of($case->{schema}, @tables) . more_of($case->{schema}, [ sort keys %more ], @tables);
	$case->{variant} .= join '', map { " $_" } sort keys %more;
	return $case;
}

sub make_case
{
	my ($seed, $number) = @_;
	my $all = @forms + 1;
	my ($first, $second) = map { $forms[$_] } int($number / $all), $number % $all;
	my $case = { number => $number, schema => "c$number", forms => [ $first, $second // () ] };

	srand($seed * 1_000_003 + $number);
	my $quoted = rand() < 0.15;
	$case->{way} = (qw(run start start batch))[ rand 4 ];
	my $table = $quoted ? 'Order Lines' : pick('customers', 'customers', 'orders', 'logs');
	my $a = Pairs::bind($case, $first, $table, $quoted ? 'New A' : 'new_a', rand() < 0.2);
	$case->{variant} = 'alone';
	$case->{script} = fill_in($first->{sql}, $a);
	return choose_more($case, $table) if !$second;

	my $b = Pairs::bind($case, $second, $table, $quoted ? 'New B' : 'new_b', 0);
	my ($column_a) = $first->{sql} =~ $column;
	my ($column_b) = $second->{sql} =~ $column;
	my @can = ('other', 'near', 'same', 'same');
	my @new = grep { my $k = $_->[0]; $k eq 'column' ? $column_b : $second->{sql} =~ /\{$k\}/ } kinds($first->{sql}, @makes);
	my @freed = grep { my $f = $_->[0]; grep { $_->[0] eq $f } kinds($second->{sql}, @makes) } kinds($first->{sql}, @frees);
	push @can, 'new', 'new' if @new;
	push @can, 'freed', 'freed' if @freed;
	$case->{variant} = my $variant = pick(@can);

	if ($variant eq 'near')
	{
		$b = Pairs::bind($case, $second, $a->{T}, 'new_b', 0);
	}
	elsif ($variant eq 'other')
	{
		$b = Pairs::bind($case, $second, $table, $quoted ? 'New B' : 'new_b', 1);
		$b->{c} = pick(grep { !$column_a || $_ ne $a->{$column_a} } columns_of('c')) if $column_b && $column_b eq 'c';
	}
	elsif ($variant eq 'same' && $column_a && $column_b)
	{
		$a->{c} = $b->{$column_b} if $column_a eq 'c' && $column_b ne 'c';
		$b->{$column_b} = $a->{$column_a} if $column_b eq 'c' || $column_a eq $column_b;
	}
	elsif ($variant eq 'new')
	{
		my $kind = pick(@new)->[0];
		$b->{ $kind eq 'column' ? $column_b : $kind } = $first->{sql} =~ /ADD CONSTRAINT \{n2\}/ && $kind eq 'k' ? $a->{n2} : $a->{n};
	}
	elsif ($variant eq 'freed')
	{
		my $kind = pick(@freed);
		my ($letter) = grep { defined } $first->{sql} =~ $kind->[1];
		$b->{n} = $a->{$letter};
	}
	# a renamed thing has its new name in the second statement
	if ($variant ne 'freed' && $variant ne 'near')
	{
		$b->{t} = $a->{n} if $first->{sql} =~ /ALTER TABLE \{t\} RENAME TO/;
		if ($first->{sql} =~ /RENAME COLUMN \{(\w)\}/ && rand() < 0.9)
		{
			my $old = $a->{$1};
			$b->{$_} eq $old and $b->{$_} = $a->{n} foreach split //, 'csijdrepDbw';
		}
	}
	$case->{script} = fill_in($first->{sql}, $a) . ";\n" . fill_in($second->{sql}, $b);
	return choose_more($case, $table, $variant eq 'near' ? $a->{T} : ());
}

# --- from a script to what psql does ---

my $template = <<'PSQL';
\warn @case {number}
BEGIN;
{base}
COMMIT;
SELECT same.everything('{schema}') AS before, same.sequences('{schema}') AS sequences \gset
\warn @plain
BEGIN;
{plain};
SET CONSTRAINTS ALL IMMEDIATE;
SELECT same.everything('{schema}') AS plain \gset
ROLLBACK;
:sequences;
\warn @define
SELECT gradual.define('{name}', $script$
{script};
$script$);
\if :ERROR
	SELECT same.differences(:'before', same.everything('{schema}')) AS diff \gset
	\warn @changed
	\warn :diff
\else
	SELECT coalesce(bool_and(reversible = 'yes'), true) AS exact FROM gradual.plan('{name}') WHERE phase IN ('expand', 'backfill', 'index', 'verify') \gset
	\warn @start
	{start}
	SELECT status AS status, status = 'ready' AS is_ready FROM gradual.migration WHERE name = '{name}' \gset
	\if :is_ready
		\warn @rollback
		SELECT gradual.rollback('{name}');
		CALL gradual.wait('{name}', '30 s');
		SELECT status = 'rolled_back' AS undone FROM gradual.migration WHERE name = '{name}' \gset
		\if :undone
			SELECT same.differences(:'before', same.everything('{schema}')) AS diff \gset
			\warn @undone :exact
			\warn :diff
			\warn @again
			{start}
		\endif
		\warn @complete
		SELECT gradual.complete('{name}', force => true);
		{go_on}
		SELECT status AS status FROM gradual.migration WHERE name = '{name}' \gset
	\endif
	\warn @status :status
	\if :{?plain}
		SELECT same.differences(:'plain', same.everything('{schema}')) AS diff \gset
		\warn @diff
		\warn :diff
	\endif
	SELECT :'status' <> 'completed' AS undo \gset
	\if :undo
		\warn @undo
		SELECT gradual.rollback('{name}', force => true);
		CALL gradual.wait('{name}', '30 s');
		SELECT same.differences(:'before', same.everything('{schema}')) AS diff \gset
		\warn @leftover :exact
		\warn :diff
	\endif
\endif
\warn @drop
{drop}
RESET ALL;
SET client_min_messages = error;
\unset plain
\unset diff
\unset exact
PSQL

my %ways = (
	run => "CALL gradual.run('{name}');",
	start => "SELECT gradual.start('{name}');\n\tCALL gradual.wait('{name}', '30 s');",
	# what refuses a transaction block is for a worker
	batch => "CALL same.drive('{name}');\n\t\\if :ERROR\n\tSELECT same.hand_over('{name}');\n\tCALL gradual.wait('{name}', '30 s');\n\t\\endif");
my %go_on = (run => '', start => "CALL gradual.wait('{name}', '30 s');", batch => $ways{batch});

# psql -1 has a block of its own.
sub without_block
{
	my ($script) = @_;
	# a ROLLBACK after the block is without effect
	$script =~ s/^(COMMIT;\s*)ROLLBACK;/$1/gim;
	return $script =~ s/^\s*(?:BEGIN|COMMIT)(?:\s+(?:WORK|TRANSACTION))?\s*(?:;|\z)//gimr =~ s/(?<=; )COMMIT;?//r;
}

# A case with a name is about what is there already; it keeps it.
sub psql_of
{
	my ($case) = @_;
	my %part = (
		number => $case->{number}, schema => $case->{schema}, name => $case->{name} // $case->{schema},
		drop => $case->{name} ? '' : "CALL same.drop('$case->{schema}');",
		base => $case->{name} ? '' : $case->{base},
		script => $case->{script}, plain => without_block($case->{script}));
	my $sql = $template;

	$sql =~ s/\{start\}/$ways{ $case->{way} }/g;
	$sql =~ s/\{go_on\}/$go_on{ $case->{way} }/g;
	$sql =~ s/\{(number|schema|name|base|script|plain|drop)\}/$part{$1}/g;
	return $sql;
}

# After a crash the server comes back by itself.
sub wait_server
{
	my ($psql, $connstr) = @_;
	foreach (1 .. 100)
	{
		return if system(qq("$psql" -XAtq -d '$connstr' -c 'SELECT 1' > /dev/null 2>&1)) == 0;
		select undef, undef, undef, 0.2;
	}
	return;
}

# One session's work: cases in files of some, each with what came out when it is
# done.  What a lost connection left undone goes to the next file.
sub run_session
{
	my ($psql, $connstr, $folder, $deadline, $cases, @its) = @_;

	while (@its && time <= $deadline)
	{
		my @some = splice @its, 0, 32;
		my $file = "$folder/pairs_" . $some[0];
		open my $script, '>', "$file.sql" or die $!;
		# nobody else vacuums what all these schemas leave in the catalog
		print $script "SET client_min_messages = error;\n\\set VERBOSITY verbose\nVACUUM;\n", map { psql_of($cases->[$_]) } @some;
		close $script;
		system qq(exec "$psql" -XAtq -d '$connstr' -f "$file.sql" > /dev/null 2> "$file.part");
		if ($? >> 8 == 2)
		{
			my %begun = map { $_ => 1 } slurp_file("$file.part") =~ /^\@case (\d+)/gm;
			unshift @its, grep { !$begun{ $cases->[$_]{number} } } @some if %begun;
			wait_server($psql, $connstr);
		}
		rename "$file.part", "$file.out";
		unlink "$file.sql";
	}
	return;
}

# Runs cases in so many sessions at once, each with a database of its own, until
# the time is over or somebody interrupts it.  Adds to each case that ran what
# was said in each part; calls $each_minute in between.
sub run_cases
{
	my ($psql, $connstrs, $folder, $deadline, $each_minute, @cases) = @_;
	my %by_number = map { $_->{number} => $_ } @cases;
	my $is_stopped = 0;
	my $minute = time;
	my @children;

	foreach my $n (0 .. $#$connstrs)
	{
		my $child = fork // die "fork: $!";
		push @children, $child;
		next if $child;
		# a group of its own: an interrupt goes to the parent alone
		setpgrp;
		run_session($psql, $connstrs->[$n], $folder, $deadline, \@cases, grep { $_ % @$connstrs == $n } 0 .. $#cases);
		POSIX::_exit(0);
	}
	local $SIG{INT} = local $SIG{TERM} = sub { $is_stopped = 1; };
	while (@children)
	{
		select undef, undef, undef, 0.2;
		@children = grep { waitpid($_, WNOHANG) == 0 } @children;
		kill -15, @children if $is_stopped && @children;
		foreach my $file (glob "$folder/pairs_*.out")
		{
			read_output($file, \%by_number);
			unlink $file;
		}
		next if time < $minute + 60;
		$minute = time;
		$each_minute->();
	}
	return;
}

sub read_output
{
	my ($file, $by_number) = @_;
	my ($case, $part);

	open my $out, '<', $file or die "$file: $!";
	while (my $line = <$out>)
	{
		if ($line =~ /^\@case (\d+)/)
		{
			$case = $by_number->{$1};
			$part = 'base';
			$case->{said}{$part} = '';
		}
		elsif ($line =~ /^\@(\w+) ?(.*)/)
		{
			$part = $1;
			$case->{said}{$part} = '';
			$case->{word}{$part} = $2;
		}
		elsif ($case)
		{
			# psql's own prefix, and where in the server's source
			$line =~ s/^psql:\S+: //;
			$case->{said}{$part} .= $line if $line !~ /^LOCATION|^\s*$/;
		}
	}
	close $out;
	return;
}

# --- what it means ---

# The verdict in a word, and what is wrong if something is
sub judge
{
	my ($case) = @_;
	my $said = $case->{said} or return ('not run', '');
	my $status = $case->{word}{status} // '';
	my $accepted = sqlstate($said->{plain}) eq '00000';

	return ('broken', "the base: $said->{base}") if $said->{base} ne '';
	return ('broken', 'the session ended: ' . join "\n", map { "$_: $said->{$_}" } sort keys %$said) if !exists $said->{drop};
	return ('different', "after define was refused:\n$said->{changed}") if ($said->{changed} // '') ne '';
	if ($said->{define} ne '')
	{
		return ('rejected', '') if !$accepted;
		return ('refused', refusal($said->{define})) if $said->{define} =~ /0A000|script has no statement to run/;
		return ('wrongly rejected', $said->{define});
	}
	my $run = join '', map { $said->{$_} // '' } qw(start again complete);
	$run =~ s/.*ERROR: +25001:.*\n(?:(?:HINT|DETAIL|CONTEXT|STATEMENT).*\n)*//g;
	return ('different', "after the rollback:\n$said->{undone}") if ($said->{undone} // '') ne '' && $case->{word}{undone} eq 't';
	return ('rollback failed', $said->{rollback}) if ($said->{rollback} // '') ne '' && sqlstate($said->{rollback}) ne '55000';
	if ($status eq 'completed')
	{
		# in the migration's order the rows may be fine, and the block is its own
		return (sqlstate($said->{plain}) =~ /^23|25001/ ? 'cured' : 'different', "psql:\n$said->{plain}") if !$accepted;
		return ('different', $said->{diff}) if $said->{diff} ne '';
		return ('same', '');
	}
	return ('refused', refusal($run)) if $accepted && sqlstate($run) eq '0A000';
	# as the plan says, a value of an enum stays; so it cannot be added again
	return ('same', '') if ($case->{word}{undone} // '') eq 'f' && ($said->{again} // '') =~ /42710: enum label/;
	return ('failed', "$status\n$run") if $accepted;
	return ('different', "after the failure ($run):\n$said->{leftover}") if ($said->{leftover} // '') ne '' && $case->{word}{leftover} eq 't' && $said->{undo} eq '';
	# all but rows is for define, and names and types in code and strings
	my $is_opaque = grep { $_->{name} =~ /^(?:do|select|call)$/ } @{ $case->{forms} || [] };
	return ('late', "psql:\n$said->{plain}the migration:\n$run") if sqlstate($said->{plain}) =~ /^(?:0A|2B|3F|42)/ && !$is_opaque;
	return ('rejected', '');
}

1;
