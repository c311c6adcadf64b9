# What happens to the server and to the migrations of the chaos run.  Each fault is
# one action of a moment; what must end later (a lock that is held) is put down
# with its time, and cured by cure().
#
# Which fault comes when, and whom it hits, follows from the seed; where the
# migration stands at that moment does not.

package ChaosFaults;

use strict;
use warnings;

use Chaos;
use ChaosWriter;
use Exporter 'import';
use GradualTest;
use PostgreSQL::Test::Utils;
use Session;
use Time::HiRes qw(time);

our @EXPORT = qw(new_faults);

# name => [ weight, action ]
my %faults = (
	# processes
	'kill -9 worker' => [ 6, sub { $_[0]->kill_one('KILL', "backend_type = 'gradual worker'") } ],
	'kill -9 launcher' => [ 2, \&kill_launcher ],
	'kill -9 writer' => [ 2, sub { $_[0]->kill_one('KILL', "application_name = 'chaos writer'") } ],
	'kill -9 checkpointer' => [ 1, sub { $_[0]->kill_one('KILL', "backend_type = 'checkpointer'") } ],
	'kill -9 postmaster' => [ 1, sub { $_[0]{node}->kill9; start_again($_[0]{node}); 1 } ],
	'immediate stop' => [ 2, sub { power_cut($_[0]{node}); 1 } ],
	'crash during recovery' => [ 1, \&crash_in_recovery ],
	'fast restart' => [ 2, sub { $_[0]->stop_fast; $_[0]{node}->start; 1 } ],
	'terminate worker' => [ 6, sub { $_[0]->signal_one('terminate', "backend_type = 'gradual worker'") } ],
	'terminate writer' => [ 4, sub { $_[0]->signal_one('terminate', "application_name = 'chaos writer'") } ],
	'cancel worker' => [ 8, sub { $_[0]->signal_one('cancel', "backend_type = 'gradual worker'") } ],

	# requests
	'pause' => [ 8, sub { $_[0]->request('pause') } ],
	'resume' => [ 4, sub { $_[0]->request('resume') } ],
	'cancel' => [ 8, sub { $_[0]->request('cancel') } ],
	'start' => [ 4, sub { $_[0]->request('start') } ],
	'complete' => [ 6, sub { $_[0]->request('complete', sub { $_[0]{mode} eq 'new' && all_in_mode('new', @{ $_[0]{writers} }) }) } ],
	'rollback' => [ 6, sub { $_[0]->request('rollback', sub { $_[0]{mode} eq 'old' && !$_[0]{stays} }) } ],
	'alter' => [ 8, \&alter ],
	'start anew' => [ 2, sub { $_[0]->request('start', sub { $_[0]{mode} eq 'old' && !$_[0]{stays} }, ', reset => true') } ],
	'define again' => [ 2, \&define_again ],
	'run_batch' => [ 4, sub { $_[0]->request('run_batch') } ],
	'wait' => [ 3, sub { $_[0]->wait_for } ],

	# maintenance, and others who lock
	'vacuum' => [ 4, sub { $_[0]->maintain('VACUUM %t') } ],
	'vacuum freeze' => [ 3, sub { $_[0]->maintain('VACUUM (FREEZE) %t') } ],
	'vacuum full' => [ 4, sub { $_[0]->maintain('VACUUM FULL %t') } ],
	'analyze' => [ 4, sub { $_[0]->maintain('ANALYZE %t') } ],
	'cluster' => [ 3, sub { $_[0]->maintain('CLUSTER %t USING person_pkey') } ],
	'reindex' => [ 4, sub { $_[0]->maintain('SET lock_timeout = 300; REINDEX TABLE %t') } ],
	'add and drop column' => [ 3, sub { $_[0]->maintain('SET lock_timeout = 300; BEGIN; ALTER TABLE %t ADD COLUMN chaos int DEFAULT 1; ALTER TABLE %t DROP COLUMN chaos; COMMIT') } ],
	'checkpoint' => [ 4, sub { $_[0]->ask('CHECKPOINT') } ],
	'lock table' => [ 6, sub { $_[0]->hold('LOCK TABLE %t', 1) } ],
	'share lock' => [ 4, sub { $_[0]->hold('LOCK TABLE %t IN SHARE MODE', 1) } ],
	'reader' => [ 4, sub { $_[0]->hold('SELECT count(*) FROM %t', 3) } ],
	'old snapshot' => [ 4, sub { $_[0]->hold('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM %t', 5) } ],
	'build index' => [ 4, sub { $_[0]->build('CREATE INDEX CONCURRENTLY chaos_built ON %t (touched)', 'DROP INDEX CONCURRENTLY IF EXISTS %s.chaos_built') } ],
	'reindex concurrently' => [ 4, sub { $_[0]->build('REINDEX TABLE CONCURRENTLY %t') } ],
	'prepared transaction' => [ 4, \&prepare ],
	'locked rows' => [ 6, sub { $_[0]->hold('SELECT FROM %t WHERE id % 97 = 3 FOR UPDATE', 2) } ],

	# settings
	'role settings' => [ 8, sub { $_[0]->settings('ROLE', $_[0]->lane->{owner}) } ],
	'database settings' => [ 6, sub { $_[0]->settings('DATABASE', 'postgres') } ],
	'no workers' => [ 4, \&no_workers ],
);

#   node, lanes, seed, pinned, log
sub new_faults
{
	my (%opt) = @_;
	my $self = bless { random => $opt{seed}, held => [], due => [], count => {}, done => 0, %opt }, __PACKAGE__;
	my @names = grep { !$ENV{FAULTS} || /$ENV{FAULTS}/ } sort keys %faults;

	$self->{bag} = [ map { ($_) x $faults{$_}[0] } @names ];
	$self->{session} = Session->new(connection => $opt{node}->connstr('postgres'), name => 'chaos faults', options => "$Chaos::pinned $opt{pinned}");
	return $self;
}

sub ask
{
	my ($self, $sql) = @_;

	for (1 .. 600)
	{
		my $answer = $self->{session}->ask($sql);
		return $answer if !$answer->{lost} || $answer->{hung};
		select undef, undef, undef, 0.1;
	}
	die "the server does not come back: $sql";
}

sub number { return pick(\$_[0]{random}, $_[1]); }

sub lane { my ($self) = @_; return $self->{lanes}[ $self->number(scalar @{ $self->{lanes} }) ]; }

# A process of a kind; '' if there is none
sub one_of
{
	my ($self, $condition) = @_;
	my @pids = split /\n/, $self->ask("SELECT pid FROM pg_stat_activity WHERE $condition ORDER BY backend_start")->{said};
	return @pids ? $pids[ $self->number(scalar @pids) ] : '';
}

sub kill_one
{
	my ($self, $signal, $condition) = @_;
	my $pid = $self->one_of($condition);
	return $pid =~ /^\d+$/ && kill $signal, $pid;
}

sub signal_one
{
	my ($self, $how, $condition) = @_;
	my $pid = $self->one_of($condition);
	return $pid ne '' && $self->ask("SELECT pg_${how}_backend($pid)")->{said} eq 't';
}

# A postmaster that is asked to stop between a crash and the recovery from it may
# never do so: first it shall be there.
sub stop_fast
{
	my ($self) = @_;

	$self->ask('SELECT 1');
	$self->{node}->stop('fast');
	return;
}

# Starts the server, and does not wait until it is ready
sub begin_start
{
	my ($node) = @_;

	system_or_bail('pg_ctl', '-W', '-D', $node->data_dir, '-l', $node->logfile, '-o', '--cluster-name=' . $node->name, 'start');
	return;
}

# The launcher is there for a moment after a start only
sub kill_launcher
{
	my ($self) = @_;
	my $node = $self->{node};
	my $hit = 0;

	$self->stop_fast;
	begin_start($node);
	for (my $until = time + 3; !$hit && time < $until;)
	{
		my ($postmaster) = -s $node->data_dir . '/postmaster.pid' ? split /\n/, slurp_file($node->data_dir . '/postmaster.pid') : ();
		next if !defined $postmaster || !-r "/proc/$postmaster/task/$postmaster/children";
		foreach my $pid (split ' ', slurp_file("/proc/$postmaster/task/$postmaster/children"))
		{
			next if !open my $in, '<', "/proc/$pid/cmdline";
			$hit ||= kill 'KILL', $pid if (<$in> // '') =~ /gradual launcher/;
		}
	}
	start_again($node);
	return $hit;
}

sub crash_in_recovery
{
	my ($self) = @_;
	my $node = $self->{node};

	$node->stop('immediate');
	begin_start($node);
	select undef, undef, undef, $self->number(100) / 1000;
	# it may not have got as far as to write its process number
	system_log('pg_ctl', '-m', 'immediate', '-D', $node->data_dir, 'stop');
	start_again($node);
	return 1;
}

# Says something to a migration whatever it is at
sub request
{
	my ($self, $what, $condition, $more) = @_;
	my $lane = $self->lane;

	return 0 if $lane->{step} ne 'run' || $condition && !$condition->($lane);
	return $lane->request("$what('$lane->{name}'" . ($more // '') . ')', $what eq 'run_batch' ? qr/^(?:22|25001)/ : undef);
}

# What is there is a notice, and nothing else
sub define_again
{
	my ($self) = @_;
	my $lane = $self->lane;

	return $lane->{step} eq 'run' && $lane->request("define('$lane->{name}', \$s\$$lane->{script}\$s\$, $lane->{options})");
}

sub alter
{
	my ($self) = @_;
	my $lane = $self->lane;
	my $what = (sub { 'workers => ' . (1 + $self->number(4)) }, sub { 'nice => ' . $self->number(12) }, sub { 'batch_size => ' . $self->number(100) }, sub { "batch_time => '" . (1 + $self->number(50)) . "ms'" })[ $self->number(4) ]->();

	return $lane->{step} eq 'run' && $lane->request("alter('$lane->{name}', $what)");
}

# --- in sessions of their own ---

sub another_session
{
	my ($self, $seconds, $lane) = @_;
	my $session = Session->new(connection => $self->{node}->connstr('postgres'), name => 'chaos other', options => "-c lock_timeout=0 $Chaos::pinned $self->{pinned}");

	return undef if @{ $self->{held} } > 12 || !$session->open;
	push @{ $self->{held} }, { session => $session, until => time + $seconds, lane => $lane };
	return $session;
}

# Under the name that it has; the other one may be a view
sub table_of
{
	my ($self, $lane) = @_;
	my $found = $self->ask("SELECT coalesce(max(oid::regclass::text), '$lane->{schema}.person') FROM pg_class WHERE relname IN ('person', 'people') AND relkind IN ('r', 'p') AND relnamespace = to_regnamespace('$lane->{schema}')");
	return $found->{said};
}

sub wait_for
{
	my ($self) = @_;
	my $lane = $self->lane;
	return 0 if $lane->{step} ne 'run';
	my $session = $self->another_session(3) or return 0;

	return $session->send("CALL gradual.wait('$lane->{name}')");
}

# Not waited for: the answer is nobody's business
sub maintain
{
	my ($self, $sql) = @_;
	my $session = $self->another_session(10) or return 0;
	my $table = $self->table_of($self->lane);

	return $session->send($sql =~ s/%t/$table/gr);
}

sub hold
{
	my ($self, $sql, $seconds) = @_;
	my $session = $self->another_session($seconds * $self->number(100) / 100) or return 0;
	my $table = $self->table_of($self->lane);

	return $session->send('BEGIN; ' . $sql =~ s/%t/$table/gr);
}

# Somebody else's indexes, until he or the server is stopped: what that leaves is his
# to drop.  On a partitioned table there is no CREATE INDEX CONCURRENTLY, and REINDEX
# TABLE CONCURRENTLY locks all partitions against writes for a moment.
sub build
{
	my ($self, @sql) = @_;
	my $lane = $self->lane;
	return 0 if $lane->{step} ne 'run' || $lane->{partitions};
	my $session = $self->another_session(10, $lane) or return 0;
	my $table = $self->table_of($lane);

	return !grep { !$session->send($_) } map { s/%t/$table/gr =~ s/%s/$lane->{schema}/gr } @sql;
}

# Ends whoever may still make something on the table of a lane, and drops what was
# made
sub leave
{
	my ($self, $lane) = @_;

	$_->{until} = 0 foreach grep { $_->{lane} && $_->{lane} == $lane } @{ $self->{held} };
	$self->cure;
	for (;;)
	{
		last if $self->ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'chaos other' AND query ~ 'CONCURRENTLY'")->{said} eq '0';
		select undef, undef, undef, 0.1;
	}
	for (;;)
	{
		my $left = $self->ask("SELECT string_agg(indexrelid::regclass::text, ',') FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relnamespace = to_regnamespace('$lane->{schema}') AND relname ~ '^chaos_built|_cc(new|old)\\d*\$'");
		last if $left->{ok} && $left->{said} eq '';
		# who is in the way is held until it is their time
		$self->ask("SET LOCAL lock_timeout = 300 \\; DROP INDEX $left->{said}");
		$self->cure;
	}
	return;
}

# An application's transaction between its two phases, with rows locked
sub prepare
{
	my ($self) = @_;
	my $session = $self->another_session(2 * $self->number(100) / 100) or return 0;
	my $table = $self->table_of($self->lane);
	my $gid = 'chaos ' . ++$self->{prepared};

	$self->{held}[-1]{gid} = $gid;
	return $session->send("BEGIN; SELECT FROM $table WHERE id % 97 = 5 FOR UPDATE; PREPARE TRANSACTION '$gid'");
}

# --- settings ---

sub settings
{
	my ($self, $kind, $name) = @_;
	my @settings = ('statement_timeout = 20', 'lock_timeout = 1', 'idle_in_transaction_session_timeout = 1', 'default_transaction_read_only = on',
		"default_transaction_isolation = 'serializable'", "default_transaction_isolation = 'repeatable read'", 'default_transaction_deferrable = on',
		'enable_tidscan = off', "DateStyle = 'German'", "search_path = 'nowhere'", 'row_security = off', 'standard_conforming_strings = on',
		'client_min_messages = error', 'enable_indexscan = off', 'work_mem = 64', 'extra_float_digits = 0', 'bytea_output = escape');
	# no foreign key acts for the application then, and its writes may be lost, since
	# it has this database, too
	push @settings, "session_replication_role = 'replica'", 'synchronous_commit = off' if $kind eq 'ROLE';
	push @settings, 'transaction_timeout = 50' if $self->{node}->pg_version >= 17;
	my $setting = $settings[ $self->number(scalar @settings) ];

	$self->ask("ALTER $kind $name RESET ALL") if $self->number(3) == 0;
	return $self->ask("ALTER $kind $name SET $setting")->{ok};
}

sub no_workers
{
	my ($self) = @_;

	$self->{workers_again} = time + 1 + $self->number(20) / 10;
	return $self->ask('ALTER SYSTEM SET gradual.max_workers = 1')->{ok} && $self->ask('SELECT pg_reload_conf()')->{ok};
}

sub workers_again
{
	my ($self) = @_;

	$self->{workers_again} = undef;
	$self->ask('ALTER SYSTEM RESET gradual.max_workers');
	$self->ask('SELECT pg_reload_conf()');
	return;
}

# What he prepares may come after he has gone
sub end
{
	my ($self, $held) = @_;

	$held->{session}->drop;
	return if !defined $held->{gid};
	while (!$self->ask("ROLLBACK PREPARED '$held->{gid}'")->{ok})
	{
		last if $self->ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'chaos other' AND strpos(query, '''$held->{gid}''') > 0")->{said} eq '0'
		  && $self->ask("SELECT count(*) FROM pg_prepared_xacts WHERE gid = '$held->{gid}'")->{said} eq '0';
		select undef, undef, undef, 0.05;
	}
	return;
}

# Ends what has lasted long enough; all of it at the end
sub cure
{
	my ($self, $all) = @_;
	my @still;

	foreach my $held (@{ $self->{held} })
	{
		if ($all || time > $held->{until}) { $self->end($held); }
		else { push @still, $held; }
	}
	$self->{held} = \@still;
	$self->workers_again if $self->{workers_again} && ($all || time > $self->{workers_again});
	if ($all)
	{
		$self->ask("ALTER ROLE $_->{owner} RESET ALL") foreach @{ $self->{lanes} };
		$self->ask('ALTER DATABASE postgres RESET ALL');
	}
	return;
}

# The next fault, whichever it is.  It may have to wait for a moment when there is
# somebody whom it can hit.
sub strike
{
	my ($self) = @_;
	my $name = $self->{bag}[ $self->number(scalar @{ $self->{bag} }) ];

	push @{ $self->{due} }, { name => $name, until => time + 2 };
	return;
}

sub strike_due
{
	my ($self) = @_;
	my $due = shift @{ $self->{due} } or return;
	my $name = $due->{name};

	if ($faults{$name}[1]->($self))
	{
		$self->{log}->("fault: $name");
		$self->{count}{$name}{hit}++;
		$self->{done}++;
	}
	elsif (time < $due->{until}) { push @{ $self->{due} }, $due; }
	else { $self->{count}{$name}{missed}++; }
	return;
}

1;
