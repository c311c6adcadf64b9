# A lane of the chaos run: a table with an application, on which one random
# migration after another is brought from define to completed, whatever stops it.
# Several lanes go on at the same time in one database, and a fault hits all of
# them.
#
# A round: make the table and start the application of before; define and start;
# from ready on old and new application write; stop the old one; complete; stop the
# new one; look at everything.  What the lane does next follows from the status
# alone, so a fault may come between any two of its steps.

package Chaos;

use strict;
use warnings;

use ChaosForms;
use ChaosWriter;
use Digest::MD5 qw(md5_hex);
use List::Util qw(max min shuffle sum0);
use Session;
use Time::HiRes qw(time);

my $writers = 3;

# The settings of those who steer; a role or database may have others
our $pinned = '-c default_transaction_read_only=off -c default_transaction_isolation=read\ committed -c statement_timeout=60s -c idle_in_transaction_session_timeout=0';

#   number, seed, node, dir
#   pinned      more settings for sessions, of this major
#   meanwhile   to be called while it tries again and again
#   leave       to be called before it looks at everything, and when others are in the way
sub new
{
	my ($class, %opt) = @_;
	my $lane = bless { round => 0, step => 'make', complaints => [], done => [], refused => {}, stops => {}, acknowledged => 0, reads => 0, doubts => 0, %opt }, $class;

	$lane->{schema} = "chaos$lane->{number}";
	$lane->{schema} = '"Chaos 1"' if $lane->{number} == 1;
	$lane->{owner} = "chaos_owner$lane->{number}";
	$lane->{session} = Session->new(connection => $lane->{node}->connstr('postgres') . ' user=chaos_admin', name => "lane $lane->{number}",
		first => [ "SET ROLE $lane->{owner}", "SET search_path = $lane->{schema}" ], options => "-c lock_timeout=500ms $pinned $lane->{pinned}");
	return $lane;
}

sub complain
{
	my ($lane, $complaint) = @_;
	push @{ $lane->{complaints} }, POSIX::strftime('%H:%M:%S', gmtime) . " $lane->{name}: $complaint";
	$lane->say_event("COMPLAINT: $complaint");
	return;
}

sub say_event
{
	my ($lane, $what) = @_;
	$lane->{log}->("$lane->{name}: $what");
	return;
}

# Until it succeeds: whatever it is may be done twice
sub insist
{
	my ($lane, @sql) = @_;

	for (1 .. 600)
	{
		my $answer = $lane->{session}->ask_all(@sql);
		return $answer->{said} if $answer->{ok};
		# it may wait for somebody whom a fault has made hold a lock
		$lane->{meanwhile}->();
		die "$lane->{name}: @sql: $answer->{said}" if !$answer->{lost} && $answer->{state} !~ /^(?:57|55P03|40|53)/;
		select undef, undef, undef, 0.1;
	}
	die "$lane->{name}: no success in time: @sql";
}

# A request to the migration: it may be refused for the status, and lost, and
# for more reasons (SQLSTATEs)
sub request
{
	my ($lane, $sql, $more) = @_;
	my $answer = $lane->{session}->ask("SELECT gradual.$sql");
	my $mays = qr/^(?:55000|55006|57P0|55P03|08|40)/;

	$lane->complain("$sql: $answer->{said}")
	  if $answer->{hung} || !$answer->{lost} && !$answer->{ok} && $answer->{state} !~ $mays && !($more && $answer->{state} =~ $more);
	$lane->say_event(($sql =~ s/\n.*//sr) . ': ' . ($answer->{said} =~ s/\n.*//sr));
	return $answer->{ok};
}

# --- the beginning of a round ---

sub choose_forms
{
	my ($lane) = @_;
	my $random = \$lane->{random};
	my $only = $ENV{FORMS} || '.*';
	my @names = grep { /^(?:$only)$/ } sort keys %forms;
	my %chosen;

	$chosen{ $names[ pick($random, scalar @names) ] } = 1 for 0 .. pick($random, 3);
	return sort keys %chosen;
}

sub make_case
{
	my ($lane) = @_;
	my $random = \$lane->{random};

	$lane->{random} = hex substr md5_hex("$lane->{seed} $lane->{number} $lane->{round}"), 0, 7;
	$lane->{name} = "lane $lane->{number} round $lane->{round}";
	$lane->{forms} = [ $lane->choose_forms ];
	my @chosen = map { $forms{$_} } @{ $lane->{forms} };

	$lane->{rows} = 1000 * (1 + pick($random, 6));
	$lane->{pad} = pick($random, 3) ? 50 : 700;
	$lane->{stays} = grep { $_->{stays} } @chosen;
	($lane->{table}) = ((map { $_->{table} || () } @chosen), 'person');
	$lane->{script} = join ";\n", (map { @{ $_->{script} } } @chosen), $lane->{table} ne 'person' ? "ALTER TABLE person RENAME TO $lane->{table}" : ();
	$lane->{partitions} = pick($random, 3) == 0 && !(grep { $_->{unpartitioned} } @chosen) ? 3 : 0;
	$lane->{options} = 'batch_size => ' . (10 + pick($random, 100)) . ', workers => ' . (1 + pick($random, 3));
	$lane->{options} .= ", on_error => 'quarantine'" if pick($random, 2);
	my %reverse = map { my $of = $_; $of->{reverse} ? ("person.$of->{reverse}[0]" => $of->{reverse}[1]) : () } @chosen;
	$lane->{options} .= ", reverse => \$r\${" . join(', ', map { "\"$_\": \"$reverse{$_}\"" } sort keys %reverse) . '}$r$' if %reverse;
	$lane->{nice} = pick($random, 30);
	$lane->{rollbacks} = $lane->{stays} ? 0 : pick($random, 3);
	return;
}

# Makes the table in the current schema, with so many rows
sub setup
{
	my ($lane) = @_;
	my @chosen = map { $forms{$_} } @{ $lane->{forms} };
	my @columns = map { @{ $_->{columns} } } @chosen;

	return map { split /; / } (map { $_->{also} || () } @chosen),
	  'CREATE TABLE person (' . join(', ', base_columns((map { $_->{id} || () } @chosen), 'bigint'), map { $_->[0] } @columns) . ')' . ($lane->{partitions} ? ' PARTITION BY HASH (id)' : ''),
	  (map { "CREATE TABLE person_$_ PARTITION OF person FOR VALUES WITH (MODULUS $lane->{partitions}, REMAINDER $_)" } 0 .. $lane->{partitions} - 1),
	  'INSERT INTO person (' . join(', ', 'id, born, pad', map { $_->[0] =~ s/ .*//r } @columns) . ') SELECT ' . join(', ', "i, 'start', repeat('x', $lane->{pad})", map { $_->[1] } @columns)
	  . " FROM generate_series(1, $lane->{rows}) i", map { split /; /, $_->{after_columns} || '' } @chosen;
}

sub make
{
	my ($lane) = @_;

	$lane->{round}++;
	$lane->make_case;
	$lane->insist("DROP SCHEMA IF EXISTS $lane->{schema} CASCADE", "CREATE SCHEMA $lane->{schema}", "GRANT ALL ON SCHEMA $lane->{schema} TO chaos_app", $lane->setup,
		'CREATE TABLE tally (writer int PRIMARY KEY, done int DEFAULT 0)', 'INSERT INTO tally SELECT generate_series(0, 9)',
		"GRANT ALL ON ALL TABLES IN SCHEMA $lane->{schema} TO chaos_app");
	my $answer;
	do
	{
		$lane->{meanwhile}->();
		$answer = $lane->{session}->ask("SELECT gradual.define('$lane->{name}', \$s\$$lane->{script}\$s\$, $lane->{options})");
	} while ($answer->{lost} || $answer->{state} =~ /^(?:57|55P03)/);
	if ($answer->{state} eq '0A000')
	{
		$lane->{refused}{ $answer->{said} =~ s/\n.*//sr } = join ' + ', @{ $lane->{forms} };
		return;
	}
	die "$lane->{name}: define: $answer->{said}\n$lane->{script}" if !$answer->{ok};

	$lane->{here} = "$lane->{dir}/$lane->{name}" =~ s/ (?=\S*$)|(?<=lane) | (?=round)/-/gr;
	mkdir $lane->{here};
	set_mode($lane->{here}, 'old');
	my %common = (of => $writers, forms => $lane->{forms}, tables => { old => 'person', new => $lane->{table} }, initial => $lane->{rows}, dir => $lane->{here}, schema => $lane->{schema}, options => $lane->{pinned},
		connection => $lane->{node}->connstr('postgres') . ' user=chaos_app', seed => $lane->{random}, rate => $ENV{RATE} || 40);
	$lane->{writers} = [ map { start_writer(%common, number => $_) } 0 .. $writers - 1 ];
	$lane->{mode} = 'old';
	$lane->{$_} = undef foreach qw(not_before stopped status_since);
	$lane->{begun} = time;
	$lane->{step} = 'run';
	$lane->say_event(join(' + ', @{ $lane->{forms} }) . ", $lane->{rows} rows, $lane->{options}, nice $lane->{nice}" . ($lane->{partitions} ? ', partitioned' : ''));
	return;
}

# --- under way ---

sub wait_a_while
{
	my ($lane, $seconds) = @_;
	$lane->{not_before} = time + $seconds;
	return;
}

sub start_it
{
	my ($lane) = @_;

	$lane->insist("SET gradual.nice = $lane->{nice}");
	$lane->request("start('$lane->{name}')");
	return;
}

# Why it stopped, without what differs each time
sub note_stop
{
	my ($lane, $error) = @_;
	$error =~ s/\n.*//s;
	$error =~ s/\d+/N/g;
	$lane->{stops}{$error}++;
	die "$lane->{name} stops again and again: $error" if ++$lane->{stopped} > 40;
	$lane->say_event("stopped: $error");
	return;
}

sub repair
{
	my ($lane, $error) = @_;

	# somebody's REINDEX CONCURRENTLY, interrupted, has left it
	$lane->{leave}->($lane) if $error =~ /_cc(?:new|old)/;
	foreach my $form (grep { $_->{bad} } map { $forms{$_} } @{ $lane->{forms} })
	{
		$lane->{session}->ask($form->{bad});
	}
	$lane->request("retry_quarantined('$lane->{name}')");
	return;
}

sub at_ready
{
	my ($lane, $row) = @_;

	$lane->note_stop($row->{error}) if $row->{error} ne '';
	if ($lane->{mode} eq 'old' && $lane->{rollbacks} > 0)
	{
		$lane->{rollbacks}--;
		return $lane->request("rollback('$lane->{name}')");
	}
	if ($lane->{mode} eq 'old' || $lane->{mode} eq 'both')
	{
		$lane->{mode} = $lane->{mode} eq 'old' ? 'both' : 'new';
		set_mode($lane->{here}, $lane->{mode});
		$lane->wait_a_while(0.5 + pick(\$lane->{random}, 10) / 10);
		return;
	}
	return if !all_in_mode('new', @{ $lane->{writers} });
	$lane->repair($row->{error}) if $row->{error} ne '' || $row->{failed} > 0;
	return $lane->request("complete('$lane->{name}')");
}

# What this status asks for
sub go_on
{
	my ($lane, $row) = @_;
	my $status = $row->{status};

	if ($status ne ($lane->{status} // ''))
	{
		$lane->{status} = $status;
		$lane->{status_since} = time;
		$lane->wait_a_while(pick(\$lane->{random}, 10) / 10) if $status =~ /paused|cancelled|failed|ready/;
	}
	return if $lane->{not_before} && time < $lane->{not_before};
	if ($status eq 'failed')
	{
		$lane->note_stop($row->{error});
		$lane->repair($row->{error});
	}
	if ($status =~ /defined|failed|cancelled|rolled_back/) { $lane->start_it; }
	elsif ($status eq 'paused' || $row->{activity} =~ /^waiting for gradual.run_batch/) { $lane->request("resume('$lane->{name}')"); }
	elsif ($status eq 'ready') { $lane->at_ready($row); }
	elsif ($status eq 'completed')
	{
		$lane->{step} = 'settle';
		$lane->wait_a_while(0.5);
	}
	# nobody should have to do it
	elsif ($status =~ /interrupted|queued/ && time > $lane->{status_since} + 30)
	{
		$lane->complain("$status for 30 s: $row->{activity}");
		$lane->request("resume('$lane->{name}')");
		$lane->{status_since} = time;
	}
	return;
}

sub is_stuck
{
	my ($lane, $row) = @_;
	my $now = join ' ', @{$row}{qw(status phase scanned)};

	if ($now ne ($lane->{moved} // ''))
	{
		$lane->{moved} = $now;
		$lane->{moved_at} = time;
	}
	return time > $lane->{moved_at} + 120;
}

# One step, given what the ledger says of it
sub step
{
	my ($lane, $row) = @_;

	if ($lane->{step} eq 'make') { $lane->make if !$lane->{closing}; }
	elsif ($lane->{step} eq 'run')
	{
		return if !$row;
		$lane->go_on($row);
		die "$lane->{name} is stuck: $row->{status}, $row->{phase}, $row->{activity}, $row->{error}" if $lane->is_stuck($row);
	}
	elsif (time > $lane->{not_before})
	{
		set_mode($lane->{here}, 'stop');
		return if grep { !has_left($_) } @{ $lane->{writers} };
		$lane->check;
		$lane->{step} = 'make';
	}
	return;
}

sub is_idle { return $_[0]{step} eq 'make' && $_[0]{closing}; }

# --- the end of a round ---

sub check_rows
{
	my ($lane) = @_;
	my @forms = @{ $lane->{forms} };
	my %should;

	foreach my $writer (@{ $lane->{writers} })
	{
		my $result = writer_result($writer);
		$lane->complain($_) foreach @{ $result->{complaints} };
		$should{$_} = $result->{rows}{$_} foreach keys %{ $result->{rows} || {} };
		$lane->{$_} += $result->{$_} || 0 foreach qw(acknowledged reads doubts);
	}
	my %is = map { split /=/, $_, 2 } split /\n/, $lane->insist("SELECT id || '=' || " . read_of('new', @forms) . " FROM $lane->{table} person");
	my @wrong;
	foreach my $key (sort { $a <=> $b } keys %{ { %is, %should } })
	{
		my $row = $should{$key};
		my $line = defined $row ? line_of($row, 'new', @forms) : 'no row';
		next if !defined $is{$key} && $row->{goes};
		push @wrong, "row $key is " . ($is{$key} // 'no row') . ", should be $line" if ($is{$key} // 'no row') ne $line;
	}
	$lane->{checked} += keys %is;
	$lane->complain(scalar(@wrong) . " rows are wrong:\n  " . join "\n  ", @wrong[ 0 .. min($#wrong, 9) ]) if @wrong;
	return;
}

sub check_conditions
{
	my ($lane) = @_;
	my @chosen = map { $forms{$_} } @{ $lane->{forms} };

	foreach my $condition (map { @{ $_->{final} || [] } } @chosen)
	{
		my $count = $lane->insist("SELECT count(*) FROM $lane->{table} person WHERE " . $condition =~ s/%t/$lane->{table}/r);
		$lane->complain("$count rows with $condition") if $count;
	}
	if (grep { $_->{counts} } @chosen and !grep { $_ eq 'delete' } @{ $lane->{forms} })
	{
		my $counted = $lane->insist("SELECT (SELECT count(*) FROM $lane->{table} WHERE n % 10 = 1) + (SELECT sum(done) FROM tally)");
		my $processed = $lane->insist("SELECT sum(processed) FROM gradual.step WHERE name = '$lane->{name}' AND target ~ 'person' AND statement IN (SELECT statement FROM gradual.plan('$lane->{name}') WHERE sql ~ 'n = \\(?n \\+ 1')");
		$lane->complain("processed is $processed, but $counted rows were counted") if $processed != $counted;
	}
	return;
}

# What is there now, in words
sub shape
{
	my ($session, $schema) = @_;
	my $answer;

	for (1 .. 100)
	{
		$answer = $session->ask("SELECT s FROM gradual_test.shape('$schema') s WHERE s !~ 'tally|_gradual_owner' ORDER BY 1");
		last if $answer->{ok};
		select undef, undef, undef, 0.1;
	}
	die "the shape of $schema: $answer->{said}" if !$answer->{ok};
	return { map { s/ clustered [tf]//r => 1 } split /\n/, $answer->{said} };
}

# The same script at once, on the same rows, beside
sub check_schema
{
	my ($lane) = @_;
	my $session = Session->new(connection => $lane->{node}->connstr('plain') . ' user=chaos_admin', name => 'plain', options => "$pinned $lane->{pinned}");
	my @sql = ("SET LOCAL ROLE $lane->{owner}", "DROP SCHEMA IF EXISTS $lane->{schema} CASCADE", "CREATE SCHEMA $lane->{schema}", "SET LOCAL search_path = $lane->{schema}",
		$lane->setup, "GRANT ALL ON ALL TABLES IN SCHEMA $lane->{schema} TO chaos_app",
		(map { $forms{$_}{bad} || () } @{ $lane->{forms} }), split /;\n/, $lane->{script});
	my $answer;

	for (1 .. 100)
	{
		$answer = $session->ask_all(@sql);
		last if $answer->{ok};
		select undef, undef, undef, 0.1;
	}
	die "$lane->{name}: the script at once: $answer->{said}" if !$answer->{ok};
	my $should = shape($session, $lane->{schema});
	my $is = shape($lane->{session}, $lane->{schema});
	my @differences = ((map { "only psql: $_" } grep { !$is->{$_} } sort keys %$should), map { "only here: $_" } grep { !$should->{$_} } sort keys %$is);

	$lane->complain("another schema than psql -1 leaves:\n  " . join "\n  ", @differences) if @differences;
	$session->drop;
	return;
}

sub check_ledger
{
	my ($lane) = @_;
	my %none = (
		'steps that are not done' => "SELECT string_agg(step || ' ' || action || ' ' || status, ', ') FROM gradual.step WHERE name = '$lane->{name}' AND status <> 'done'",
		'a gap in the events' => "SELECT string_agg(at || ' ' || event || ' from ' || from_status || ' after ' || before, ', ') FROM (SELECT *, lag(coalesce(to_status, 'defined')) OVER (ORDER BY at) AS before FROM gradual.event WHERE name = '$lane->{name}' AND (to_status IS NOT NULL OR event = 'define')) e WHERE from_status <> before",
		'interim objects' => "SELECT string_agg(what, ', ') FROM (SELECT relname::text FROM pg_class WHERE relnamespace = '$lane->{schema}'::regnamespace UNION ALL"
		  . " SELECT attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = '$lane->{schema}'::regnamespace AND NOT attisdropped UNION ALL"
		  . " SELECT tgname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid WHERE relnamespace = '$lane->{schema}'::regnamespace UNION ALL"
		  . " SELECT conname FROM pg_constraint WHERE connamespace = '$lane->{schema}'::regnamespace UNION ALL"
		  . " SELECT proname FROM pg_proc WHERE pronamespace = '$lane->{schema}'::regnamespace) o (what) WHERE what ~ '_gradual_'",
		'rows in the quarantine' => "SELECT nullif(count(*), 0) FROM gradual.quarantined WHERE name = '$lane->{name}'");

	foreach my $what (sort keys %none)
	{
		my $found = $lane->insist($none{$what});
		$lane->complain("$what: $found") if $found ne '';
	}
	return;
}

# Does each index lead to each row?
sub check_indexes
{
	my ($lane) = @_;

	$lane->insist("SELECT count(public.bt_index_check(c.oid, true)) FROM pg_class c JOIN pg_index ON indexrelid = c.oid JOIN pg_am a ON a.oid = relam"
		  . " WHERE relnamespace = '$lane->{schema}'::regnamespace AND relkind = 'i' AND amname = 'btree' AND indisvalid");
	return;
}

sub check
{
	my ($lane) = @_;
	my $before = @{ $lane->{complaints} };

	$lane->{leave}->($lane);
	$lane->check_rows;
	$lane->check_conditions;
	$lane->check_indexes;
	$lane->check_schema;
	$lane->check_ledger;
	push @{ $lane->{done} }, @{ $lane->{forms} };
	$lane->{rounds_done}++;
	$lane->say_event(sprintf 'checked after %.1f s', time - $lane->{begun});
	$lane->complain("this was $lane->{rows} rows, $lane->{options}" . ($lane->{partitions} ? ', partitioned' : '') . "\n$lane->{script}") if @{ $lane->{complaints} } > $before;
	$lane->insist("SELECT gradual.forget('$lane->{name}')") if @{ $lane->{complaints} } == $before;
	return;
}

1;
