# Claim: whatever is typed into define, explain and the other functions, the server
# lives, an error has a proper SQLSTATE, no lock is held and no object is left
# behind afterwards, and the session does not grow.
#
# Sessions of psql send inputs (test/Fuzz.pm), a thousand each, in a database in
# UTF8 and in one that takes any bytes.  An internal error is PostgreSQL's own if
# the script alone raises it, too.
#
#   SECONDS=20 CASES=0 SEED=1 SESSIONS=1    how long, or how many, which, at once
#   CASE=123 SEED=1                         one of them, shown
#   FROM=123 CASES=1000                     these, if it takes several
#   REPORT=file                             the figures as Markdown

use strict;
use warnings;

use File::Temp;
use Fuzz;
use GradualTest;
use PairForms;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes 'time';

my $seconds = $ENV{SECONDS} || 20;
my $cases = $ENV{CASES} || 0;
my $seed = $ENV{SEED} || 1;
my $from = $ENV{FROM} || 1;
my $sessions = $ENV{SESSIONS} || 1;
my $batch = $ENV{BATCH} || 1000;
my @databases = qw(fuzz_utf8 fuzz_bytes);

note "SEED=$seed";

my $node = gradual_node('fuzz', conf => <<'CONF');
log_statement = none
log_min_error_statement = panic
log_min_messages = warning
log_lock_waits = off
jit = off
statement_timeout = 20s
shared_buffers = 32MB
max_stack_depth = 1MB
temp_buffers = 800kB
synchronous_commit = off
full_page_writes = off
max_wal_size = 1GB
CONF

sub psql_command { return $node->installed_command('psql') . ' -XAtq -v VERBOSITY=verbose -d "' . $node->connstr($_[0]) . '"'; }

# What there is, in one number: of each kind the rows, and who wrote them
my $objects = join ' UNION ALL ', map { "SELECT '$_ ' || count(*) || ' ' || coalesce(sum(xmin::text::bigint), 0) FROM $_" } qw(pg_proc pg_constraint pg_index pg_attrdef pg_rewrite pg_policy pg_depend pg_shdepend pg_description);
$objects .= " UNION ALL SELECT 'pg_class ' || count(*) || ' ' || coalesce(sum(oid::bigint), 0) FROM pg_class UNION ALL SELECT 'pg_type ' || count(*) || ' ' || sum(oid::bigint) FROM pg_type"
  . " UNION ALL SELECT 'pg_trigger ' || count(*) || ' ' || coalesce(sum(hashtext(tgname)::bigint), 0) FROM pg_trigger UNION ALL SELECT 'pg_namespace ' || string_agg(nspname, ' ' ORDER BY oid) FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp_'";
$objects .= " UNION ALL SELECT 'rows ' || (SELECT count(*) || md5(string_agg(c::text, '' ORDER BY id)) FROM fz.customers c)";
# Locks but those of the question itself; and what a session keeps beside the
# server's caches, which grow with each name that it is asked for
my $locks = q(SELECT 'lock ' || concat_ws(' ', locktype, relation::regclass, classid, objid, objsubid, mode) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype <> 'virtualxid' AND (locktype <> 'relation' OR relation >= 16384););
my $memory = q(SELECT 'memory ' || sum(bytes) || ' ' || sum(bytes) FILTER (WHERE name !~ '^(CacheMemoryContext|index info|relation rules|partition (key|directory|descriptor)|RowDescriptionContext|MessageContext|row security descriptor|CachedPlan.*|SPI Plan|plpgsql.*|PL/pgSQL.*|SQL function.*|TransactionAbortContext|Type information cache|Relcache by OID|LocalBufferContext|Timezones|CatCache.*)$') FROM (SELECT name, sum(total_bytes) AS bytes FROM pg_backend_memory_contexts GROUP BY name) c;);

# Each input that is rolled back leaves dead rows in these
my $vacuum = 'VACUUM (SKIP_LOCKED, TRUNCATE false) pg_attrdef, pg_attribute, pg_class, pg_constraint, pg_depend, pg_index, pg_type;';

# Each clone of a table is a few files, made and removed: in memory, where there is such a place
sub make_tablespace
{
	return 'pg_default' if !-w '/dev/shm';
	my $directory = File::Temp::tempdir('fuzzXXXXXX', DIR => '/dev/shm', CLEANUP => 1);
	sql($node, "CREATE TABLESPACE memory LOCATION '$directory'");
	return 'memory';
}

sub make_database
{
	my ($name, $encoding, $tablespace) = @_;

	sql($node, "CREATE DATABASE $name ENCODING $encoding LOCALE 'C' TEMPLATE template0 TABLESPACE $tablespace");
	my $base = base_of('fz', 'logs', 'Order Lines');
	sql($node, "CREATE EXTENSION pg_gradual; $base ALTER DATABASE $name SET search_path = fz;", dbname => $name);
	sql($node, <<'SQL', dbname => $name);
SET search_path = fz;
SELECT gradual.define('defined', 'ALTER TABLE orders ADD COLUMN zz int; UPDATE orders SET zz = 1; DROP TABLE spare');
SET SESSION AUTHORIZATION fuzz_owner;
SELECT gradual.define('theirs', 'SELECT 1');
RESET SESSION AUTHORIZATION;
SELECT gradual.track_start('tracked');
SQL
	return;
}

# --- one batch: a session of psql ---

my $internal = qr/^(?:XX|58|53)|^57P/;
my $words = qr/unexpected|cache lookup failed|unrecognized|could not open relation with OID|could not find|leak|refcount|still active|write past|own a lock|invalid memory alloc|tuple already updated|attempted to|SPI_/;

# Errors by line of the file: [line, SQLSTATE, message, place in the source]
sub read_errors
{
	my ($text) = @_;
	my @errors;

	foreach my $line (split /\n/, $text)
	{
		if ($line =~ /^psql:[^:]*:(\d+): (ERROR|WARNING|FATAL|PANIC|error): +(?:(\w{5}): )?(.*)/)
		{
			push @errors, { line => $1, level => $2, state => $3 || 'none', message => $4, place => '' };
		}
		elsif (@errors && $line =~ /^LOCATION: +(.*)/)
		{
			$errors[-1]{place} = $1;
		}
	}
	return @errors;
}

# Does the script alone raise it, too?
sub raised_by_server
{
	my ($database, $line, $error) = @_;
	my ($script) = $line =~ /(E'(?:[^'\\]|\\.)*')/;
	return 0 if !defined $script;
	my $alone = "SELECT set_config('search_path', 'fz', true); DO \$fuzz\$ BEGIN EXECUTE $script; END \$fuzz\$; ROLLBACK;";
	$alone = "BEGIN; $alone";
	my $file = "$PostgreSQL::Test::Utils::tmp_check/alone.$$.sql";
	unlink $file;
	append_to_file($file, $alone . "\n");
	my $output = `@{[ psql_command($database) ]} -f $file 2>&1`;
	return grep { $_->{message} eq $error->{message} && $_->{state} eq $error->{state} } read_errors($output);
}

sub judge_errors
{
	my ($result, $database, $lines, @errors) = @_;

	foreach my $error (@errors)
	{
		my $bad = $error->{level} =~ /FATAL|PANIC|error/ || $error->{state} eq 'none' || $error->{state} =~ $internal || $error->{state} eq '57014' || $error->{level} eq 'WARNING' && $error->{message} =~ $words;
		$result->{states}{ $error->{state} }++ if $error->{level} eq 'ERROR';
		next if !$bad;
		my ($n, $line) = @{ $lines->[ $error->{line} - 1 ] || [ -1, '' ] };
		next if $line =~ /gradual\.wait/ && $error->{state} eq '57014';
		next if $error->{state} eq '57014' && $error->{message} =~ /^the rehearsal of migration .* took longer than max_time$/;
		my $key = "$error->{state} $error->{place} " . $error->{message} =~ s/\d+/N/gr =~ s/".*"/"x"/r;
		next if $result->{seen}{$key}++ > 3;
		next if $error->{level} eq 'ERROR' && raised_by_server($database, $line, $error);
		push @{ $result->{complaints} }, "$error->{level} $error->{state}: $error->{message} ($error->{place})\nCASE=$n SEED=$seed in $database\n$line";
	}
	return;
}

sub judge_session
{
	my ($result, $database, $numbers, $output) = @_;
	my @locks = $output =~ /^lock (.*)/mg;
	my @memory = $output =~ /^memory (\d+ \d+)/mg;
	my $where = "CASE between $numbers->[0] and $numbers->[-1] SEED=$seed in $database";

	push @{ $result->{complaints} }, "a session did not come to its end\n$where\n" . substr($output, -1000) if @memory != 2;
	push @{ $result->{complaints} }, join("\n", 'locks are held:', @locks, $where) if @locks;
	if (@memory == 2)
	{
		my ($before, $after) = map { (split ' ', $_)[1] } @memory;
		my ($all_before, $all_after) = map { (split ' ', $_)[0] } @memory;
		$result->{growth} = $after - $before if !defined $result->{growth} || $after - $before > $result->{growth};
		$result->{growth_all} = $all_after - $all_before if !defined $result->{growth_all} || $all_after - $all_before > $result->{growth_all};
		push @{ $result->{complaints} }, "a session grew from $before to $after bytes beside its caches\n$where\n" . join(' ', map { s/.*memory of //r } grep { /^memory of/ } split /\n/, $output) if $after - $before > 512 * 1024;
	}
	return;
}

sub run_batch
{
	my ($result, $database, $first, $count, $wanted) = @_;
	my @lines = map { [ $_, fuzz_line($seed, $_) ] } $first .. $first + $count - 1;
	my $file = "$PostgreSQL::Test::Utils::tmp_check/fuzz.$$.sql";
	# the first third fills the caches
	my $third = int(@lines / 3);
	my @numbers = map { $_->[0] } @lines;
	splice @lines, $third, 0, [ -1, $memory ];
	unshift @lines, [ -1, $vacuum ] if ++$result->{batches} % 5 == 0;
	push @lines, [ -1, "SELECT gradual.forget(name) FROM gradual.ledger WHERE name ~ '^f\\d+\$';" ], [ -1, $locks ], [ -1, $memory ], [ -1, "SELECT 'objects', string_agg(o, ' ' ORDER BY o) FROM ($objects) x (o);" ];
	unlink $file;
	append_to_file($file, join "\n", (map { $_->[1] } @lines), '');
	my $output = `PGOPTIONS='-c client_min_messages=warning' @{[ psql_command($database) ]} -f $file 2>&1`;
	judge_errors($result, $database, \@lines, read_errors($output));
	judge_session($result, $database, \@numbers, $output);
	my ($objects_now) = $output =~ /^objects\|(.*)/m;
	push @{ $result->{complaints} }, "objects are left behind, or gone: CASE between $first and $numbers[-1] SEED=$seed in $database\n$wanted\n$objects_now"
	  if defined $objects_now && $objects_now ne $wanted;
	$result->{inputs} += $count;
	return;
}

# --- several of them, side by side ---

sub objects_of { return sql($node, "SELECT string_agg(o, ' ' ORDER BY o) FROM ($objects) x (o)", dbname => $_[0]); }

sub run_session
{
	my ($number, $deadline, $file) = @_;
	my $database = $databases[ $number % 4 == 3 ? 1 : 0 ];
	my $result = { inputs => 0, complaints => [], states => {} };
	# a seed has a million: those that follow are the next one's
	my $next = $number * int(1_000_000 / $sessions) + $from;
	my $mine = $cases ? int(($cases + $sessions - 1) / $sessions) : 0;
	my %wanted = map { $_ => objects_of($_) } @databases;

	while ($mine ? $result->{inputs} < $mine : time < $deadline)
	{
		my $count = $mine && $mine - $result->{inputs} < $batch ? $mine - $result->{inputs} : $batch;
		run_batch($result, $database, $next, $count, $wanted{$database});
		$next += $count;
		$database = $databases[ rand() < 0.15 ? 1 : 0 ];
		last if @{ $result->{complaints} } > 40;
	}
	append_to_file($file, join "\x1e", map { s/\x1e//gr } "inputs $result->{inputs}", (map { "state $_ $result->{states}{$_}" } sort keys %{ $result->{states} }), 'growth ' . ($result->{growth} // 0) . ' ' . ($result->{growth_all} // 0), map { "complaint $_" } @{ $result->{complaints} });
	return;
}

sub collect
{
	my (@files) = @_;
	my %sum = (inputs => 0, growth => 0, growth_all => 0);

	foreach my $part (map { -e $_ ? split /\x1e/, slurp_file($_) : 'complaint a session was lost' } @files)
	{
		$sum{inputs} += $1 if $part =~ /^inputs (\d+)/;
		$sum{states}{$1} += $2 if $part =~ /^state (\w+) (\d+)/;
		if ($part =~ /^growth (-?\d+) (-?\d+)/)
		{
			$sum{growth} = $1 if $1 > $sum{growth};
			$sum{growth_all} = $2 if $2 > $sum{growth_all};
		}
		push @{ $sum{complaints} }, $1 if $part =~ /^complaint (.*)/s;
	}
	return \%sum;
}

sub report
{
	my ($sum, $took) = @_;
	my $version = sql($node, "SELECT split_part(version(), ' ', 2) || CASE WHEN current_setting('debug_assertions')::boolean THEN ', with assertions' ELSE '' END");
	$version .= ', AddressSanitizer and UBSan' if $ENV{SANITIZE};
	my %states = %{ $sum->{states} || {} };
	my $errors = 0;
	$errors += $_ foreach values %states;
	my $text = sprintf "PostgreSQL %s: %d inputs in 1 run and %d s (%d/s), seeds %d to %d; %d errors of %d SQLSTATEs; complaints: %d; a session of %d inputs grew by at most %d kB, with the server's caches %d kB.\n", $version, $sum->{inputs}, $took, $sum->{inputs} / $took, $seed, $seed, $errors, scalar keys %states, scalar @{ $sum->{complaints} || [] }, $batch, $sum->{growth} / 1024, $sum->{growth_all} / 1024;
	note $text;
	note join ', ', map { "$_ $states{$_}" } sort { $states{$b} <=> $states{$a} } keys %states;
	append_to_file($ENV{REPORT}, $text) if $ENV{REPORT};
	return;
}

sql($node, 'CREATE ROLE pairs_owner; CREATE ROLE pairs_reader; CREATE ROLE pairs_writer; CREATE ROLE fuzz_owner; CREATE ROLE fuzz_other');
my $tablespace = make_tablespace();
make_database('fuzz_utf8', 'UTF8', $tablespace);
make_database('fuzz_bytes', 'SQL_ASCII', $tablespace);

if ($ENV{CASE})
{
	my $result = { complaints => [], states => {} };
	note fuzz_line($seed, $ENV{CASE});
	run_batch($result, $_, $ENV{CASE}, 1, objects_of($_)) foreach $ENV{DATABASE} || 'fuzz_utf8';
	is(join("\n", @{ $result->{complaints} }), '', "CASE=$ENV{CASE}");
	note join ', ', %{ $result->{states} };
	$node->stop;
	done_testing();
	exit;
}

my $began = time;
my @files = map { "$PostgreSQL::Test::Utils::tmp_check/result.$_" } 0 .. $sessions - 1;
my @children;
foreach my $number (0 .. $sessions - 1)
{
	my $pid = fork;
	die 'cannot fork' if !defined $pid;
	if ($pid == 0)
	{
		eval { run_session($number, $began + $seconds, $files[$number]) };
		print STDERR $@ if $@;
		# no clean-up of the server, which is the parent's
		require POSIX;
		POSIX::_exit($@ ? 1 : 0);
	}
	push @children, $pid;
}
waitpid $_, 0 foreach @children;
my $sum = collect(@files);
report($sum, time - $began);
diag($_) foreach @{ $sum->{complaints} || [] };
is(scalar @{ $sum->{complaints} || [] }, 0, "nothing is wrong with $sum->{inputs} inputs");
cmp_ok($sum->{inputs}, '>', 0, 'there were inputs');
is(sql($node, 'SELECT count(*) FROM pg_prepared_xacts'), 0, 'no transaction is left');

$node->stop;
done_testing();
