# An application that writes while a migration runs: sessions of psql that send
# one statement after another, know what the server has acknowledged, and so
# know at the end what every row must look like.
#
# Each writer has keys of its own, so the last acknowledged write of a row is the
# one that its writer knows of.  A session that is lost (a server that was
# killed) leaves one statement of which nobody knows: its row may be either way,
# and is left alone from then on.
#
# A statement of a shape:
#   sql      '%k' stands for the key, '%v' for a value that was never there before
#   key      'old' (default): one that is there; 'new'; 'gone': one that is deleted
#   effect   what it does to the row (a hash), with the value as second argument;
#            for a read: returns what it must have read
#   read     the statement returns one value, which is compared

package Writers;

use strict;
use warnings;

use Exporter 'import';
use IO::Handle;
use POSIX ();
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(start_writers stop_writers acknowledged pace);

# Starts writers of one shape; returns what stop_writers() wants
#   statements   list as above
#   first        number of the first writer: no two may have the same
#   count        how many; every other one prepares its statements
#   of           writers altogether: writer w has the keys k with k % of = w
#   rows         keys that are there: 1 .. rows
#   rate         statements a second and writer
#   dir          for their logs
#   connection   connection string
sub start_writers
{
	my (%opt) = @_;
	my @writers;

	foreach my $number ($opt{first} .. $opt{first} + $opt{count} - 1)
	{
		my $writer = { %opt, number => $number, prepared => $number % 2,
			log => "$opt{dir}/$opt{name}-$number", rate => $opt{rate} || 200 };

		$writer->{pid} = fork;
		die "fork: $!" if !defined $writer->{pid};
		if ($writer->{pid} == 0)
		{
			eval { write_on($writer); };
			append_to_file("$writer->{log}.died", $@) if $@;
			# without the END blocks, which would stop the server
			POSIX::_exit(0);
		}
		push @writers, $writer;
	}
	return @writers;
}

sub stop_writers
{
	my (@writers) = @_;

	kill 'TERM', map { $_->{pid} } @writers;
	waitpid $_->{pid}, 0 foreach @writers;
	foreach my $writer (@writers)
	{
		die slurp_file("$writer->{log}.died") if -e "$writer->{log}.died";
	}
	return;
}

# Not to wait for something: so many statements in a second, and no more
sub pace { select undef, undef, undef, $_[0]; return; }

# --- in the child ---

sub statement_of
{
	my ($writer, $number, $key, $value) = @_;
	my $sql = $writer->{statements}[$number]{sql};

	if ($writer->{prepared})
	{
		my @arguments = map { $_ eq '%k' ? $key : "'$value'" } placeholders($sql);
		return "EXECUTE s$number" . (@arguments ? '(' . join(', ', @arguments) . ')' : '');
	}
	$sql =~ s/%k/$key/g;
	$sql =~ s/%v/'$value'/g;
	return $sql;
}

# Those that occur, each once
sub placeholders
{
	my ($sql) = @_;
	return grep { index($sql, $_) >= 0 } '%k', '%v';
}

sub prepare
{
	my ($number, $sql) = @_;
	my $i = 0;

	foreach my $placeholder (placeholders($sql))
	{
		$i++;
		$sql =~ s/$placeholder/\$$i/g;
	}
	return "PREPARE s$number AS $sql;\n";
}

sub open_session
{
	my ($writer) = @_;
	local $ENV{PGAPPNAME} = 'pgbench';

	open my $psql, '|-', 'psql', '-XAtq', '-d', $writer->{connection}, '-o', "$writer->{log}.out." . ++$writer->{sessions}, '-f', '-'
	  or die "psql: $!";
	$psql->autoflush(1);
	print $psql "\\set QUIET on\n";
	print $psql prepare($_, $writer->{statements}[$_]{sql}) foreach grep { $writer->{prepared} } 0 .. $#{ $writer->{statements} };
	return $psql;
}

sub write_on
{
	my ($writer) = @_;
	my $stopped = 0;
	my $parent = getppid();
	my $sequence = 0;
	my $fresh = 1_000_000 * ($writer->{number} + 1);
	my @there = grep { $_ % $writer->{of} == $writer->{number} } 1 .. $writer->{rows};
	my @gone;
	my $psql;

	open STDERR, '>>', "$writer->{log}.err" or die $!;
	open my $sent, '>', "$writer->{log}.sent" or die $!;
	$sent->autoflush(1);
	local $SIG{TERM} = sub { $stopped = 1 };
	local $SIG{PIPE} = 'IGNORE';
	srand $writer->{number};
	# a test that dies leaves no writers behind
	while (!$stopped && getppid() == $parent)
	{
		$psql = open_session($writer) if !defined $psql;
		my $number = int rand @{ $writer->{statements} };
		my $statement = $writer->{statements}[$number];
		my $kind = $statement->{key} || 'old';
		my $from = $kind eq 'gone' ? \@gone : \@there;
		my $at = int rand @$from;
		my $key = $kind eq 'new' ? $fresh++ : $from->[$at];
		next if !defined $key;
		my $value = "w$writer->{number}x" . ++$sequence;
		$value = $writer->{number} * 10_000_000 + $sequence if $writer->{numbers};

		print $sent "$writer->{sessions} $sequence $number $key $value\n";
		my $said = print $psql statement_of($writer, $number, $key, $value) . ";\n\\qecho $sequence :ERROR :ROW_COUNT\n";

		if (!$said)
		{
			# the server is down: what was in flight stays in doubt, what
			# was to come after it did not happen
			close $psql;
			undef $psql;
			my %lost = map { $_->{key} => 1 } unanswered($writer);
			@there = grep { !$lost{$_} } @there;
			@gone = grep { !$lost{$_} } @gone;
			pace(0.1);
			next;
		}
		if ($statement->{deletes})
		{
			splice @there, $at, 1;
			push @gone, $key;
		}
		else
		{
			splice @gone, $at, 1 if $kind eq 'gone';
			push @there, $key if $kind ne 'old';
		}
		pace(1 / $writer->{rate});
	}
	close $psql if defined $psql;
	return;
}

# --- what was acknowledged ---

# Everything that was sent, with what came of it: ok, error, doubt, or not run
sub history
{
	my ($writer) = @_;
	my (@history, %answer, %last_of, %text);

	foreach my $file (glob "$writer->{log}.out.*")
	{
		my @before;
		foreach my $line (split /\n/, slurp_file($file))
		{
			if ($line =~ /^(\d+) (true|false) (\d+)$/)
			{
				$answer{$1} = { error => $2 eq 'true', rows => $3, read => join "\n", @before };
				@before = ();
				next;
			}
			push @before, $line;
		}
	}
	foreach my $line (split /\n/, slurp_file("$writer->{log}.sent"))
	{
		my ($session, $sequence, $number, $key, $value) = split / /, $line;
		my $answer = $answer{$sequence};
		my $came = defined $answer ? ($answer->{error} ? 'error' : 'ok') : $last_of{$session}++ ? 'not run' : 'doubt';

		push @history, { sequence => $sequence, statement => $writer->{statements}[$number], key => $key,
			value => $value, came => $came, answer => $answer };
	}
	return @history;
}

# psql may answer for the statement in which it lost the server: with an error
sub unanswered { return grep { $_->{came} ne 'ok' } history($_[0]); }

# Applies all that was acknowledged to the rows (key -> hash), and returns counts
# and complaints.  A key in doubt is deleted from the rows and put into 'doubt'.
sub acknowledged
{
	my ($rows, @writers) = @_;
	my %result = (ok => 0, reads => 0, errors => {}, complaints => [], doubt => {});

	foreach my $writer (@writers)
	{
		foreach my $one (history($writer))
		{
			my ($statement, $key) = ($one->{statement}, $one->{key});

			if ($one->{came} eq 'doubt' || $one->{came} eq 'error')
			{
				$result{doubt}{$key} = 1;
				delete $rows->{$key};
			}
			next if $one->{came} ne 'ok' || $result{doubt}{$key};
			$result{ok}++;
			if ($statement->{read})
			{
				my $wanted = $statement->{effect}->($rows->{$key});
				my $got = $one->{answer}{read};
				$result{reads}++;
				push @{ $result{complaints} }, "writer $writer->{number} reads '$got' of row $key, wrote '$wanted'" if $got ne $wanted;
				next;
			}
			push @{ $result{complaints} }, "$statement->{sql} of row $key by writer $writer->{number} changed $one->{answer}{rows} rows"
			  if $one->{answer}{rows} != 1;
			if ($statement->{deletes}) { delete $rows->{$key}; }
			else { $statement->{effect}->($rows->{$key} ||= {}, $one->{value}, $key); }
		}
		next unless -e "$writer->{log}.err";
		foreach my $line (split /\n/, slurp_file("$writer->{log}.err"))
		{
			$result{errors}{ $line =~ s/.*?(?=ERROR:)//r }++ if $line =~ /ERROR:/;
		}
	}
	return \%result;
}

1;
