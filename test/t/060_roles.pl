# Claim: whoever calls, a migration runs as its owner, and nothing that can be
# set for a role or a database does it harm.

use strict;
use warnings;

use GradualTest;
use Test::More;

my $node = gradual_node('roles');
my $major = int(sql($node, 'SHOW server_version_num') / 10000);

sql($node, <<'SQL');
CREATE ROLE owner NOLOGIN;
CREATE ROLE member LOGIN IN ROLE owner;
CREATE ROLE stranger LOGIN;
CREATE ROLE leaving LOGIN;
CREATE SCHEMA s AUTHORIZATION owner;
CREATE SCHEMA gone AUTHORIZATION leaving;
GRANT CREATE ON SCHEMA public TO member;
CREATE TABLE log (who name, role text);
GRANT INSERT ON log TO PUBLIC;
CREATE FUNCTION who() RETURNS trigger LANGUAGE plpgsql AS
	'BEGIN INSERT INTO public.log SELECT current_user, current_setting(''role''); RETURN NEW; END';
SQL

# Runs SQL as a role that may log in; returns result and messages
sub as
{
	my ($role, $sql) = @_;
	my ($ret, $out, $err) =
	  $node->psql('postgres', $sql, extra_params => [ '-U', $role ], on_error_stop => 1);

	return wantarray ? ($out, $err) : "$out$err";
}

sub table
{
	my ($role, $name) = @_;

	sql($node, <<"SQL");
CREATE TABLE $name (id int PRIMARY KEY, n int);
INSERT INTO $name SELECT i, 0 FROM generate_series(1, 100) i;
ALTER TABLE $name OWNER TO $role;
CREATE TRIGGER who BEFORE UPDATE ON $name FOR EACH STATEMENT EXECUTE FUNCTION who();
TRUNCATE log;
SQL
	return;
}

sub ran_as
{
	return sql($node, "SELECT string_agg(DISTINCT who, ' ') FROM log");
}

# An owner that may not log in, started by a member of it
table('owner', 's.a');
is(as('member', "SET ROLE owner; SELECT gradual.define('a', 'UPDATE s.a SET n = n + 1; CREATE TABLE s.made (id int)')"),
	'a', 'define as the role that owns the table');
is(sql($node, "SELECT owner FROM gradual.ledger WHERE name = 'a'"), 'owner', 'the current role owns it');
is(as('member', "SELECT gradual.start('a')"), 'queued', 'a member starts it');
wait_status($node, 'a', 'completed');
is(ran_as(), 'owner', 'its statements run as the owner');
is(sql($node, "SELECT relowner::regrole FROM pg_class WHERE oid = 's.made'::regclass"), 'owner',
	'and what it creates belongs to the owner');

# Strangers
foreach my $call (qw(start complete rollback pause resume cancel alter forget run_batch))
{
	like(as('stranger', "\\set VERBOSITY sqlstate\nSELECT gradual.$call('a')"), qr/ERROR:  42501/,
		"a stranger may not $call");
}
is(as('stranger', "SELECT name, status, phase, progress, owner, error, activity, processed, worker FROM gradual.ledger WHERE name = 'a'"),
	'a|completed||100|owner||||', 'and sees no more than that it is there');
is(as('stranger', 'SELECT count(*) FROM gradual.event'), 0, 'no events');
is(as('stranger', "\\set VERBOSITY sqlstate\nSELECT * FROM gradual.plan('a')") =~ /ERROR:  42501/ ? 1 : 0, 1,
	'no plan');

# A superuser for a role that may not log in
table('owner', 's.b');
as('member', "SET ROLE owner; SELECT gradual.define('b', 'UPDATE s.b SET n = n + 1')");
my ($ret, $out, $err) = $node->psql('postgres', "SELECT gradual.start('b')");
if ($major >= 17)
{
	is($out, 'queued', 'a superuser starts it');
}
else
{
	like($err, qr/a worker cannot connect for role "owner".*HINT/s, 'a superuser gets a hint');
	is(as('member', "SELECT gradual.start('b')"), 'queued', 'a member starts it');
}
wait_status($node, 'b', 'completed');
is(ran_as(), 'owner', 'its statements run as the owner');

# A function that is SECURITY DEFINER
table('owner', 's.c');
as('member', "SET ROLE owner; SELECT gradual.define('c', 'UPDATE s.c SET n = n + 1')");
sql($node, <<'SQL');
CREATE FUNCTION start_it(name text) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT gradual.start(name)';
ALTER FUNCTION start_it OWNER TO member;
SQL
like(as('stranger', "SELECT start_it('c')"), qr/ERROR:  a worker of role "stranger" could not become "owner"/,
	'for a role that may not log in the session has to be one that may become it');
is(as('member', "SELECT start_it('c')"), 'queued', 'as this one may');
wait_status($node, 'c', 'completed');
is(ran_as(), 'owner', 'its statements run as the owner');

table('member', 'd');
as('member', "SELECT gradual.define('d', 'UPDATE d SET n = n + 1')");
is(as('stranger', "SELECT start_it('d')"), 'queued', 'an owner that may log in needs no session of its own');
wait_status($node, 'd', 'completed');
is(ran_as(), 'member', 'its statements run as the owner');

# Settings of the role, of the database and of the role there, before the worker
# begins, and of a sudden while it is at work
my @settings = ('statement_timeout = 1', 'lock_timeout = 1', 'idle_in_transaction_session_timeout = 1',
	'default_transaction_read_only = on', "default_transaction_isolation = 'serializable'", 'default_transaction_deferrable = on',
	"session_replication_role = 'replica'", 'row_security = off', "search_path = ''", "DateStyle = 'German'",
	"IntervalStyle = 'sql_standard'", "bytea_output = 'escape'", 'extra_float_digits = -15', 'standard_conforming_strings = off',
	'quote_all_identifiers = on', 'check_function_bodies = off', 'enable_tidscan = off', 'enable_indexscan = off', 'enable_nestloop = off',
	"client_min_messages = 'error'", 'synchronous_commit = off', 'idle_session_timeout = 1', $major >= 17 ? ('transaction_timeout = 1') : ());

sub odd_settings
{
	my ($whose) = @_;
	return join ' ', map { "ALTER $whose SET $_;" } @settings;
}

sub odd_table
{
	my ($name) = @_;

	table('member', "public.$name");
	as('member', "SELECT gradual.define('$name', 'ALTER TABLE $name ADD COLUMN d text; UPDATE $name SET d = make_date(2000, 1, 2); UPDATE $name SET n = n + 1; CREATE INDEX ON $name (n); ALTER TABLE $name ALTER COLUMN n SET NOT NULL', batch_size => 20)");
	return;
}

sub is_unharmed
{
	my ($name, $how) = @_;

	wait_status($node, $name, 'completed');
	is(sql($node, "SELECT count(*), min(n), max(n), min(d), max(d) FROM $name"), '100|1|1|2000-01-02|2000-01-02', "$how do no harm");
	is(ran_as(), 'member', 'triggers have fired, as the owner');
	return;
}

foreach my $whose ('ROLE member', 'DATABASE postgres', 'ROLE member IN DATABASE postgres')
{
	my ($early, $late) = map { lc($whose =~ s/ .*//r) . (() = $whose =~ / /g) . $_ } qw(_early _late);
	# (our own sessions are spared)
	local $ENV{PGOPTIONS} = '-c default_transaction_read_only=off -c default_transaction_isolation=read\ committed -c statement_timeout=0 -c lock_timeout=0 -c idle_session_timeout=0 -c search_path=public'
	  . ($major >= 17 ? ' -c transaction_timeout=0' : '');

	odd_table($early);
	sql($node, odd_settings($whose));
	is(as('member', "SELECT gradual.start('$early', auto_complete => true)"), 'queued', "start under odd settings of $whose");
	is_unharmed($early, 'they');
	sql($node, "ALTER $whose RESET ALL");

	odd_table($late);
	as('member', "SET gradual.nice = 100; SELECT gradual.start('$late', auto_complete => true)");
	wait_sql($node, "processed > 0 FROM gradual.ledger WHERE name = '$late'");
	sql($node, odd_settings($whose) . ' SELECT pg_reload_conf()');
	sql($node, "SELECT gradual.alter('$late', nice => 0)");
	is_unharmed($late, 'odd settings that come meanwhile');
	sql($node, "ALTER $whose RESET ALL");
}

# A trigger that tries to get away
table('member', 'g');
sql($node, <<'SQL');
CREATE FUNCTION escape() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RESET ROLE;
	INSERT INTO public.log SELECT 'escaped: ' || current_user;
	RETURN NEW;
END $$;
CREATE TRIGGER escape BEFORE UPDATE ON g FOR EACH ROW EXECUTE FUNCTION escape();
GRANT member TO stranger;
SQL
as('member', "SELECT gradual.define('g', 'UPDATE g SET n = n + 1'), gradual.start('g')");
wait_status($node, 'g', 'failed');
like(sql($node, "SELECT error FROM gradual.ledger WHERE name = 'g'"),
	qr/cannot set parameter "role" within security-restricted operation|cannot set parameter "role" within security-definer function/,
	'a trigger cannot RESET ROLE');
is(ran_as(), '', 'and has done nothing');

# The owner is dropped while its migration runs
table('member', 'h');
sql($node, <<'SQL');
CREATE TABLE gone.t (id int PRIMARY KEY, n int);
INSERT INTO gone.t SELECT i, 0 FROM generate_series(1, 1000) i;
ALTER TABLE gone.t OWNER TO leaving;
SQL
as('leaving', "SET gradual.nice = 100; SELECT gradual.define('gone', 'UPDATE gone.t SET n = n + 1', batch_size => 10), gradual.start('gone')");
as('member', "SET gradual.nice = 100; SELECT gradual.define('h', 'UPDATE h SET n = n + 1', batch_size => 10), gradual.start('h')");
wait_status($node, $_, 'running') foreach qw(gone h);
wait_sql($node, "processed > 0 FROM gradual.ledger WHERE name = 'gone'");
# (at once: the worker must not meet one half of it)
sql($node, 'BEGIN; REASSIGN OWNED BY leaving TO owner; DROP OWNED BY leaving; DROP ROLE leaving; COMMIT');
sql($node, "SELECT gradual.alter('gone', nice => 0), gradual.alter('h', nice => 0)");
wait_status($node, 'gone', 'failed');
# (the second is what a batch says that had begun)
like(sql($node, "SELECT error FROM gradual.ledger WHERE name = 'gone'"),
	qr/role with OID \d+ does not exist|permission denied for schema gone/, 'that migration fails');
wait_status($node, 'h', 'completed');
pass('the others go on');

$node->stop;
done_testing();
