# The application of the chaos run: a process that writes rows of its own keys,
# knows from the answers what each of them holds, and looks again and again.
#
# A statement whose answer was lost with the server may have happened or not: the
# next connection looks which of the two, and all of a transaction must say the
# same.  From then on its rows are known again.
#
# The file "mode" in its directory says what it writes: old, both, new shape, or
# nothing any more (stop).  The writer answers in a file of its own, after which
# nothing of another mode is sent or in flight.

package ChaosWriter;

use strict;
use warnings;

use ChaosForms;
use ChaosWays;
use Exporter 'import';
use POSIX ();
use Session;
use Storable qw(dclone nstore retrieve);
use Time::HiRes qw(time);

our @EXPORT = qw(start_writer set_mode all_in_mode has_left writer_result pick line_of read_of);

# Numbers that only the seed decides
sub pick
{
	my ($random, $below) = @_;
	$$random = ($$random * 1103515245 + 12345) & 0x7fffffff;
	return ($$random >> 8) % $below;
}

# --- for the one who starts them ---

#   number, of   writer, of so many: it has the keys k with k % of = number
#   forms        names
#   initial      there are keys 1 .. initial
#   tables       the table's names, for old and new
#   dir, connection, schema, seed, rate
sub start_writer
{
	my (%writer) = @_;

	$writer{log} = "$writer{dir}/writer-$writer{number}";
	my $pid = fork;
	die "fork: $!" if !defined $pid;
	if ($pid == 0)
	{
		eval { write_on(\%writer); };
		nstore({ complaints => ["writer $writer{number} died: $@"] }, "$writer{log}.result") if $@;
		# without the END blocks, which would stop the server
		POSIX::_exit(0);
	}
	return { %writer, pid => $pid };
}

sub put
{
	my ($file, $content) = @_;
	open my $out, '>', "$file.new" or die "$file: $!";
	print $out $content;
	close $out;
	rename "$file.new", $file or die "$file: $!";
	return;
}

sub get
{
	my ($file) = @_;
	open my $in, '<', $file or return '';
	return scalar(<$in>) // '';
}

sub set_mode { put("$_[0]/mode", $_[1]); return; }

sub all_in_mode
{
	my ($mode, @writers) = @_;
	return !grep { get("$_->{log}.mode") ne $mode } @writers;
}

sub has_left
{
	my ($writer) = @_;
	return $writer->{left} ||= waitpid($writer->{pid}, POSIX::WNOHANG) != 0;
}

sub writer_result
{
	my ($writer) = @_;
	return -e "$writer->{log}.result" ? retrieve("$writer->{log}.result") : { complaints => ["writer $writer->{number} has left nothing"] };
}

# --- what a row holds ---

sub line_of
{
	my ($row, $shape, @forms) = @_;
	return join '|', map { $forms{$_}{is}{$shape}->($row) } @forms;
}

sub read_of
{
	my ($shape, @forms) = @_;
	return join " || '|' || ", map { "coalesce($forms{$_}{read}{$shape}, 'NULL')" } @forms;
}

# --- in the child ---

sub complain
{
	my ($writer, $complaint) = @_;
	push @{ $writer->{complaints} }, POSIX::strftime('%H:%M:%S', gmtime) . " writer $writer->{number}: $complaint";
	return;
}

# What became of a row, for a complaint
sub remember
{
	my ($writer, $key, $what) = @_;
	my $history = $writer->{history}{$key} ||= [];
	push @$history, sprintf '%s %s', POSIX::strftime('%H:%M:%S', gmtime), $what;
	shift @$history if @$history > 5;
	return;
}

sub history_of
{
	my ($writer, @keys) = @_;
	return join '', map { "\n    " . $_ } map { @{ $writer->{history}{$_} || [] } } @keys;
}

sub with_value
{
	my ($sql, $key, $value) = @_;
	return $sql =~ s/%k/$key/gr =~ s/%v/$value/gr;
}

# One statement for one key: returns SQL, what it does to the row, whether it may
# find none, and the name and text of what is to be prepared for it.  undef for a row:
# there is none.
sub make_statement
{
	my ($writer, $shape, $mode, $key, $row) = @_;
	my $random = $writer->{random};
	my @forms = @{ $writer->{forms} };
	my $value = $writer->{number} * 10_000_000 + 1_000_000 + ++$writer->{values};
	my $what = pick($random, 100);
	my $table = $writer->{tables}{$shape};

	my @parts = map { $forms{$_}{insert}{$shape} } @forms;
	my $columns = join ', ', 'id', grep { $_ ne '' } map { $_->[0] } @parts;
	my $values = join ', ', '%k', grep { $_ ne '' } map { $_->[1] } @parts;
	# until the swap the other name is a view, into which nobody can COPY or MERGE
	my $may_be_view = $shape eq 'new' && $table ne $writer->{tables}{old};

	if (!defined $row)
	{
		my $sql = $what < 25 && !$may_be_view ? as_copy($table, $columns, $values) : undef;
		$sql //= "INSERT INTO $table AS person ($columns) VALUES ($values)";

		return (with_value($sql, $key, $value), sub { my $new = {}; $_->[2]->($new, $value) foreach @parts; return $new; });
	}
	if ($what < 6)
	{
		my ($counted) = grep { defined } map { $forms{$_}{counts} } @forms;
		return ("DELETE FROM $table person WHERE id = $key", sub { return undef; }) if !$counted;
		return ("WITH d AS (DELETE FROM $table person WHERE id = $key RETURNING $counted AS c) UPDATE tally SET done = done + (SELECT coalesce(sum(c), 0) FROM d) WHERE writer = $writer->{number}",
			sub { return undef; });
	}
	my @alone = $mode eq 'new' ? map { @{ $forms{$_}{alone} || [] } } @forms : ();
	if (@alone && $what < 30)
	{
		my ($sql, $effect) = @{ $alone[ pick($random, scalar @alone) ] };
		return (with_value($sql, $key, $value), sub { my $new = dclone($row); $effect->($new, $value); return $new; }, 1);
	}
	my @changes = map { my @of = @{ $forms{$_}{$shape} }; @of && pick($random, 2) ? $of[ pick($random, scalar @of) ] : () } @forms;
	my $set = join ', ', 'touched = touched + 1', map { $_->[0] } @changes;
	my $effect = sub { my $new = dclone($row); $_->[1]->($new, $value) foreach @changes; return $new; };
	my $sql = "UPDATE $table person SET $set WHERE id = %k";

	my @prepared = $what < 50 ? as_prepared($sql) : ();

	if (@prepared) { $sql = pop @prepared; }
	# of a row that may have gone it would make a new one
	elsif ($what < 60 && !$row->{goes}) { $sql = as_upsert($table, $columns, $values, $set); }
	elsif ($what < 70 && !$may_be_view) { $sql = as_merge($table, $set); }
	return (with_value($sql, $key, $value), $effect, 0, @prepared);
}

# A statement is prepared once in each connection, so before the swap as well as
# after it
sub ask_prepared
{
	my ($writer, $sql, $name, $prepare) = @_;
	my $session = $writer->{session};

	if (defined $name && (!$session->is_open || ($writer->{prepared}{$name} || 0) != $session->opened))
	{
		my $answer = $session->ask($prepare);
		return $answer if !$answer->{ok};
		$writer->{prepared}{$name} = $session->opened;
	}
	return $session->ask($sql);
}

# What the server has of some keys: key -> line
sub look
{
	my ($writer, $shape, @keys) = @_;
	# in one row: psql shows a part of a result if the server goes in the middle
	my $prepare = "PREPARE look_$shape AS SELECT coalesce(string_agg(id || '=' || " . read_of($shape, @{ $writer->{forms} }) . ", E'\\n'), '') || E'\\nend=end' FROM $writer->{tables}{$shape} person WHERE id = ANY (\$1::bigint[])";
	my $answer = ask_prepared($writer, "EXECUTE look_$shape('{" . join(', ', @keys) . "}')", "look_$shape", $prepare);
	return failed($writer, 'a read', $answer) if !$answer->{ok};
	return failed($writer, 'a read', { %$answer, state => '08000' }) if $answer->{said} !~ /^end=end$/m;
	# a server that goes may say so before the rows
	return { map { split /=/, $_, 2 } grep { /^\d+=/ } split /\n/, $answer->{said} };
}

# Complains about an error, unless it is that of a lost connection.  False: nothing
# is known.
sub failed
{
	my ($writer, $what, $answer) = @_;

	$writer->{lost}++ if $answer->{lost};
	complain($writer, "$what: $answer->{said}") if !$answer->{lost} && $answer->{state} !~ /^(?:57P0|08)/ || $answer->{hung};
	return 0;
}

# Is the row as it may be?  A row that is to go may be gone.
sub fits
{
	my ($writer, $shape, $row, $line) = @_;

	return !defined $row || $row->{goes} ? 1 : 0 if !defined $line;
	return defined $row && $line eq line_of($row, $shape, @{ $writer->{forms} });
}

sub shown
{
	my ($writer, $shape, $row) = @_;
	return defined $row ? line_of($row, $shape, @{ $writer->{forms} }) : 'no row';
}

# Which of the two happened
sub resolve
{
	my ($writer, $shape) = @_;
	my ($before, $after) = @{ $writer->{doubt} };

	# whether it got as far as to be prepared, or further
	if (defined $writer->{gid})
	{
		my $answer = $writer->{session}->ask("SELECT count(*) FROM pg_prepared_xacts WHERE gid = '$writer->{gid}'");
		return failed($writer, 'pg_prepared_xacts', $answer) if !$answer->{ok};
		return if $answer->{said} && !finish_prepared($writer, pick($writer->{random}, 2) ? 'COMMIT' : 'ROLLBACK');
		delete $writer->{gid};
	}
	my @keys = sort { $a <=> $b } keys %$after;
	my $is = look($writer, $shape, @keys) or return;
	my $not = !grep { !fits($writer, $shape, $before->{$_}, $is->{$_}) } @keys;
	my $yes = !grep { !fits($writer, $shape, $after->{$_}, $is->{$_}) } @keys;

	$writer->{doubts}++;
	complain($writer, 'in doubt, but neither before nor after: '
		  . join(', ', map { "row $_ is " . ($is->{$_} // 'no row') . ', was ' . shown($writer, $shape, $before->{$_}) . ', became ' . shown($writer, $shape, $after->{$_}) } @keys) . history_of($writer, @keys))
	  if !$not && !$yes;
	remember($writer, $_, $yes && !$not ? 'it happened' : 'it did not happen') foreach @keys;
	keep($writer, $yes && !$not ? $after : $before, $is);
	delete $writer->{doubt};
	return;
}

# From now on the rows are known to be so
sub keep
{
	my ($writer, $rows, $is) = @_;

	foreach my $key (keys %$rows)
	{
		my $gone = !defined $rows->{$key} || ($is && !defined $is->{$key});
		my $was = defined $writer->{rows}{$key};
		if ($gone) { delete $writer->{rows}{$key}; push @{ $writer->{gone} }, $key; }
		else { $writer->{rows}{$key} = $rows->{$key}; }
		if ($gone && $was) { @{ $writer->{there} } = grep { $_ != $key } @{ $writer->{there} }; }
		elsif (!$gone && !$was) { push @{ $writer->{there} }, $key; }
	}
	return;
}

sub choose_key
{
	my ($writer, $taken) = @_;
	my $random = $writer->{random};
	my $what = pick($random, 100);
	my $key;

	if ($what < 8) { $key = 1_000_000 * ($writer->{number} + 1) + ++$writer->{fresh}; }
	elsif ($what < 14 && @{ $writer->{gone} } && !grep { $forms{$_}{once} } @{ $writer->{forms} })
	{
		$key = splice @{ $writer->{gone} }, pick($random, scalar @{ $writer->{gone} }), 1;
	}
	else { $key = $writer->{there}[ pick($random, scalar @{ $writer->{there} }) ]; }
	return defined $key && !exists $taken->{$key} ? $key : undef;
}

# Before a statement for a row in a transaction: the row is locked, or something is
# done to it and taken back
sub approach
{
	my ($writer, $table, $key) = @_;
	my $what = pick($writer->{random}, 6);
	my $strength = (qw(UPDATE SHARE), 'NO KEY UPDATE')[ pick($writer->{random}, 3) ];
	my $undone = ("DELETE FROM $table WHERE id = $key", "UPDATE $table SET touched = touched + 1000 WHERE id = $key")[ pick($writer->{random}, 2) ];
	my @sql = $what == 0 ? "SELECT FROM $table WHERE id = $key FOR $strength" : $what == 1 ? ('SAVEPOINT here', $undone, 'ROLLBACK TO here') : $what == 2 ? 'SAVEPOINT there' : ();
	my $answer = { ok => 1 };

	foreach my $sql (@sql)
	{
		$answer = $writer->{session}->ask($sql);
		last if !$answer->{ok};
	}
	return $answer;
}

# The second phase of a commit.  True: it is as was wanted; undef: nobody knows.
sub finish_prepared
{
	my ($writer, $how) = @_;
	my $answer = $writer->{session}->ask("$how PREPARED '$writer->{gid}'");

	return failed($writer, "$how PREPARED", $answer) if !$answer->{ok};
	delete $writer->{gid};
	return 1;
}

# Ends a transaction in one phase or two.  False: it has failed, or nobody knows;
# -1: it was rolled back.
sub finish
{
	my ($writer) = @_;
	my $two_phases = pick($writer->{random}, 4) == 0;
	my $how = pick($writer->{random}, 4) ? 'COMMIT' : 'ROLLBACK';
	my $gid = "$writer->{log} " . ++$writer->{prepares};
	my $answer = $writer->{session}->ask($two_phases ? "PREPARE TRANSACTION '$gid'" : 'COMMIT');

	$writer->{gid} = $gid if $two_phases && ($answer->{ok} || $answer->{lost});
	return failed($writer, $two_phases ? 'PREPARE TRANSACTION' : 'COMMIT', $answer) if !$answer->{ok};
	return 1 if !$two_phases;
	select undef, undef, undef, pick($writer->{random}, 300) / 1000;
	return finish_prepared($writer, $how) && ($how eq 'COMMIT' ? 1 : -1);
}

# One to three statements, each for another row
sub write_once
{
	my ($writer, $shape, $mode) = @_;
	my $random = $writer->{random};
	my $session = $writer->{session};
	my $count = pick($random, 3) ? 1 : 2 + pick($random, 2);
	my (%before, %after);

	if ($count > 1)
	{
		my $answer = $session->ask('BEGIN');
		return failed($writer, 'BEGIN', $answer) if !$answer->{ok};
	}
	for (1 .. $count)
	{
		my $key = choose_key($writer, \%after);
		next if !defined $key;
		my $row = $writer->{rows}{$key};
		my ($sql, $effect, $may_miss, @prepared) = make_statement($writer, $shape, $mode, $key, $row);

		$before{$key} = $row;
		$after{$key} = $effect->();
		my $answer = $count > 1 ? approach($writer, $writer->{tables}{$shape}, $key) : { ok => 1 };
		$answer = ask_prepared($writer, $sql, @prepared) if $answer->{ok};
		remember($writer, $key, "$sql: " . ($answer->{ok} ? "$answer->{rows} rows" : "lost $answer->{lost}, $answer->{state}") . ($count > 1 ? ' in a transaction' : ''));
		if (!$answer->{ok})
		{
			$writer->{doubt} = [ \%before, \%after ] if $answer->{lost} && $count == 1;
			$session->ask('ROLLBACK') if !$answer->{lost} && $count > 1;
			return failed($writer, $sql, $answer);
		}
		if ($answer->{rows} != 1 && defined $row)
		{
			complain($writer, "$sql: changed $answer->{rows} rows" . history_of($writer, $key)) if !$row->{goes} && !$may_miss;
			# it has gone, or there is nothing to change
			$after{$key} = $may_miss ? $row : undef;
		}
	}
	my $end = 1;
	if ($count > 1)
	{
		my $lost = $writer->{lost};
		$end = finish($writer);
		$writer->{doubt} = [ \%before, \%after ] if !$end && $writer->{lost} > $lost;
		return 0 if !$end;
		remember($writer, $_, 'rolled back') foreach $end < 0 ? keys %after : ();
	}
	return 1 if $end < 0;
	keep($writer, \%after);
	$writer->{acknowledged} += keys %after;
	return 1;
}

sub read_once
{
	my ($writer, $shape) = @_;
	my $there = $writer->{there};
	my @keys = keys %{ { map { $there->[ pick($writer->{random}, scalar @$there) ] => 1 } 1 .. 5 } };
	my $is = look($writer, $shape, @keys) or return;

	my @wrong = grep { !fits($writer, $shape, $writer->{rows}{$_}, $is->{$_}) } @keys;
	my $again = @wrong ? look($writer, $shape, @keys) : undef;
	foreach my $key (@wrong)
	{
		complain($writer, "reads row $key as " . ($is->{$key} // 'no row') . ', wrote ' . shown($writer, $shape, $writer->{rows}{$key})
			  . ', reads then ' . ($again ? $again->{$key} // 'no row' : 'nothing') . history_of($writer, $key));
	}
	$writer->{reads} += @keys;
	return;
}

sub write_on
{
	my ($writer) = @_;
	my $parent = getppid();
	my $number = $writer->{number};
	my $state = $writer->{seed} + 7919 * ($number + 1);

	$writer->{random} = \$state;
	$writer->{$_} = 0 foreach qw(values fresh acknowledged reads doubts lost prepares);
	$writer->{complaints} = [];
	$writer->{gone} = [];
	foreach my $key (grep { $_ % $writer->{of} == $number } 1 .. $writer->{initial})
	{
		$writer->{rows}{$key} = { map { $forms{$_}{row}->($key) } @{ $writer->{forms} } };
	}
	$writer->{there} = [ sort { $a <=> $b } keys %{ $writer->{rows} } ];
	$writer->{session} = Session->new(connection => $writer->{connection}, name => 'chaos writer', first => ["SET search_path = $writer->{schema}"],
		options => '-c default_transaction_read_only=off -c default_transaction_isolation=read\\ committed -c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0 ' . $writer->{options});
	# a test that dies leaves no writers behind
	for (my $said = ''; getppid() == $parent; select undef, undef, undef, 1 / $writer->{rate})
	{
		my $mode = get("$writer->{dir}/mode");
		my $shape = $mode eq 'both' ? (qw(old new))[ pick(\$state, 2) ] : $mode eq 'old' ? 'old' : 'new';

		if ($writer->{doubt}) { resolve($writer, $mode eq 'old' ? 'old' : 'new'); }
		last if $mode eq 'stop' && !$writer->{doubt};
		if ($mode ne $said)
		{
			put("$writer->{log}.mode", $mode);
			$said = $mode;
		}
		next if $writer->{doubt} || $mode eq 'wait' || !@{ $writer->{there} };
		if (pick(\$state, 5)) { write_once($writer, $shape, $mode); }
		else { read_once($writer, $shape); }
	}
	$writer->{session}->drop;
	nstore({ map { $_ => $writer->{$_} } qw(rows complaints acknowledged reads doubts lost) }, "$writer->{log}.result");
	return;
}

1;
