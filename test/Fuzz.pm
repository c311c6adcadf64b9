# Odd input for gradual.explain(), gradual.define() and the arguments of all
# other functions: statements that are nearly right, joined and broken in many
# ways, and random bytes.
#
# Input n follows from the seed and n alone, so that it can be made again.  It is
# one line of SQL for psql, in ASCII, whatever bytes it stands for: the line's
# number tells which input an error is about.

package Fuzz;

use strict;
use warnings;
no warnings 'qw';

use Exporter 'import';
use PairForms;

our @EXPORT = qw(fuzz_line fuzz_literal fuzz_script);

my @forms = pair_forms();

sub pick { return $_[ rand @_ ]; }
sub chance { return rand() < $_[0]; }

# --- names, types, expressions ---

my @tables = ('customers', 'orders', 'logs', 'logs_1', '"Order Lines"', 'spare', 'bare', 'totals', 'customers_names');
my @columns = map { quoted($_) } columns_of('c'), qw(label data parent touched twice);

# 63 bytes and more, quotes, other alphabets, names of ours and of the server
my @odd_names = (
	'"' . 'x' x 63 . '"', '"' . 'long' x 20 . '"', 'y' x 63, "\"\xc3\xbc\"", '"' . "\xf0\x9f\x90\x98" x 16 . '"', '"quo""te"', q("it's"), '"a.b"', '" "', '"%s%n"',
	'"$1"', '"\\"', '""', '"_gradual_1"', '_gradual_1_memo', '"~_gradual_1"', '"!_gradual_1"', '_gradual_new', 'gradual', 'pg_temp',
	'pg_catalog.int4', 'gradual.migration', 'pg_temp.customers', 'public.customers', 'fz.customers', 'information_schema.tables', 'pg_class',
	'"select"', 'select', 'user', '"user"', 'ctid', 'xmin', 'tableoid', 'oid', 'new', 'old', 'excluded', 'a.b.c.d', '"........pg.dropped.1........"', 'customers_pkey', 'mood', 'numbers');
my @types = qw(integer bigint smallint text varchar(3) char "char" numeric numeric(10,2) boolean date timestamptz time interval uuid jsonb json xml bytea
  inet point mood size positive integer[] text[][] int4range record void trigger anyelement regclass oid name serial bigserial cstring tsvector varchar(0) numeric(9999) customers customers[] nothing
  unknown money bit(3) timestamp(99) float(0) fz.mood pg_temp.x setof);
my @expressions = ('1', '-1', '0', 'NULL', 'DEFAULT', q(''), q('a'), '1/0', '99999999999999999999999', '1e400', 'id', 'memo', 'qty + 1', 'upper(memo)', 'twist(qty)',
	'now()', 'random()', 'gen_random_uuid()', q(nextval('numbers')), '(SELECT 1)', '(SELECT max(id) FROM customers)', 'count(*)', 'row_number() OVER ()', 'ROW(1, 2)', '(1, 2)',
	'ARRAY[1, 2]', 'customers', 'customers.*', '*', '$1', 'CURRENT_USER', 'CASE WHEN qty > 1 THEN 1 END', q('x'::mood), 'CAST(memo AS integer)', 'qty IS NULL', 'NOT flag',
	'EXISTS (SELECT FROM orders)', 'memo COLLATE "C"', q(data->>'a'), 'coalesce(memo, note)', q(E'\\\\x'), 'U&"\\0061"', 'generate_series(1, 2)', 'ctid', 'tableoid', 'xmin', q(interval '1 day'),
	'VALUE', 'TABLE spare', 'grouping(id)', 'x(1)', 'gradual.has_run(memo)', q(set_config('role', 'none', false)), 'pg_advisory_lock(1)');
my @keywords = qw(ADD ALTER DROP TABLE COLUMN CONSTRAINT CASCADE RESTRICT IF EXISTS NOT NULL DEFAULT CHECK UNIQUE PRIMARY KEY REFERENCES USING TYPE SET DATA RENAME TO
  ONLY CONCURRENTLY INDEX ON WHERE SELECT FROM INSERT INTO UPDATE DELETE VALUES RETURNING WITH AS RECURSIVE LATERAL MERGE MATCHED VALID DEFERRABLE INITIALLY DEFERRED GENERATED ALWAYS IDENTITY STORED
  PARTITION OF FOR INHERITS INHERIT TEMP UNLOGGED VIEW MATERIALIZED FUNCTION LANGUAGE DO BEGIN COMMIT ROLLBACK SAVEPOINT GRANT REVOKE ALL PUBLIC OWNER SCHEMA EXPLAIN ANALYZE PREPARE EXECUTE DECLARE
  CURSOR FETCH COPY STDIN VACUUM CLUSTER DISCARD RESET LISTEN NOTIFY LOCK TRUNCATE SECURITY LABEL ENABLE DISABLE TRIGGER RULE REPLICA FULL NOTHING STATISTICS STORAGE COMPRESSION EXPRESSION
  NULLS DISTINCT INCLUDE OVERRIDING ONLY LIKE INCLUDING OPTIONS OIDS TABLESPACE COLLATE EXCLUDE MATCH SIMPLE ACTION CURRENT_USER SESSION AUTHORIZATION);
my @signs = ('(', ')', ',', ';', '.', '..', '*', '=', '::', '[', ']', '$1', '$$', '$x$', "'", '"', '--', '/*', '*/', "/* \xc3\xa9 */", "-- end\n", '\\', '\\d', ':x', "\n", "\t", "\x01", "\xc2\xa0", '%', '@', '0x', '1_0', q(E'\\'), q(U&'\\'), q(B'2'), '{', '~');
# What PairForms has no line for
my @others = (
	'ALTER TABLE {t} ADD COLUMN {n} {type}', 'ALTER TABLE {t} ADD COLUMN {n} {type} NOT NULL DEFAULT {e1}', 'ALTER TABLE {t} ALTER COLUMN {c} TYPE {type}', 'ALTER TABLE {t} ALTER COLUMN {c} TYPE {type} USING {e1}',
	'ALTER TABLE {t} ALTER COLUMN {c} SET DEFAULT {e1}', 'UPDATE {t} SET {c} = {e1}', 'UPDATE {t} SET {c} = {e1} WHERE {e2}', 'UPDATE {t} SET ({c}, {i}) = ({e1}, {e2})', 'UPDATE ONLY {t} x SET {c} = {e1} FROM {T} y WHERE x.id = y.id',
	'UPDATE {t} SET data[{e1}] = {e2}', 'WITH w AS (SELECT {e1} AS a FROM {T}) UPDATE {t} SET {c} = a FROM w', 'WITH w AS (DELETE FROM {T} RETURNING *) INSERT INTO spare SELECT id FROM w',
	'DELETE FROM {t} USING {T} WHERE {e1}', 'DELETE FROM {t} WHERE {c} IN (SELECT {e1} FROM {T})', 'INSERT INTO spare SELECT {e1}, {e2} FROM {t}', 'INSERT INTO spare VALUES ({e1}) ON CONFLICT DO NOTHING', 'INSERT INTO {n} TABLE {t}',
	'CREATE INDEX CONCURRENTLY {n} ON ONLY {t} USING hash (({e1}))', 'CREATE UNIQUE INDEX ON {t} ({c}) NULLS NOT DISTINCT WHERE {e1}', 'CREATE INDEX ON {t} ({e1} text_pattern_ops)', 'ALTER TABLE {t} ADD CHECK ({e1})', 'ALTER TABLE {t} ADD CONSTRAINT {n} UNIQUE USING INDEX {x}',
	'ALTER TABLE {t} ADD FOREIGN KEY ({c}) REFERENCES {T} ({c2})', 'ALTER TABLE {t} ADD PRIMARY KEY ({c}, {c2})', 'ALTER TABLE {t} RENAME {c} TO {c2}', 'ALTER TABLE {t} RENAME TO {T}', 'ALTER TABLE {t} SET SCHEMA {n}', 'DROP TABLE {t}, {T}', 'DROP SCHEMA {S} CASCADE', 'DROP OWNED BY pairs_owner',
	'CREATE TABLE {n} ({c} {type} DEFAULT {e1}, CHECK ({e2})) PARTITION BY LIST ({c})', 'CREATE TABLE {n} PARTITION OF {t} DEFAULT', 'CREATE TABLE {n} AS SELECT {e1} FROM {t}', 'CREATE TEMP TABLE {n} (a {type})', 'CREATE VIEW {n} AS SELECT {e1} FROM {t} WHERE {e2}', 'CREATE TYPE {n} AS ENUM ()', 'CREATE TYPE {n} AS ({c} {type})',
	'CREATE DOMAIN {n} AS {type} CHECK ({e1})', 'CREATE FUNCTION {n}({c} {type}) RETURNS {type} LANGUAGE sql AS $$ SELECT {e1} $$', 'MERGE INTO {t} USING {T} s ON {t}.id = s.id WHEN MATCHED THEN UPDATE SET {c} = {e1} WHEN NOT MATCHED THEN INSERT (id) VALUES ({e2})', 'EXPLAIN ANALYZE DELETE FROM {t}', 'PREPARE {n} AS UPDATE {t} SET {c} = {e1}', 'EXECUTE {n}',
	'DECLARE {n} CURSOR WITH HOLD FOR SELECT {e1} FROM {t}', 'COPY {t} FROM STDIN', 'VACUUM FULL {t}', 'LOCK TABLE {t}', 'SET ROLE {n}', 'SET {n} = {e1}', 'SET LOCAL search_path = {n}, pg_temp', 'RESET ALL', 'DISCARD ALL', 'NOTIFY gradual, {e1}', 'LISTEN gradual', 'SELECT {e1} FROM {t} WHERE {e2} FOR UPDATE', 'COMMENT ON COLUMN {t}.{c} IS {e1}',
	'ALTER TABLE ONLY {t} ADD COLUMN {n} {type} REFERENCES {T}', 'ALTER TABLE {t} ALTER {c} ADD GENERATED ALWAYS AS IDENTITY', 'ALTER TABLE {t} ADD {n} {type} GENERATED ALWAYS AS ({e1}) STORED', 'ALTER TABLE {t} OF {n}', 'ALTER TABLE {t} ATTACH PARTITION {T} DEFAULT', 'ALTER TABLE {t} DETACH PARTITION {T} CONCURRENTLY', 'ALTER TABLE {t} ALTER CONSTRAINT orders_parent_fkey DEFERRABLE', 'ALTER TABLE {t} INHERIT {T}', 'ALTER TABLE {t} NO INHERIT {T}',
	'ALTER INDEX {x} ATTACH PARTITION {x}', 'ALTER EXTENSION pg_gradual DROP FUNCTION gradual.sync()', 'DROP EXTENSION pg_gradual', 'DROP SCHEMA gradual CASCADE', 'DELETE FROM gradual.migration', 'UPDATE gradual.ledger SET name = {e1}', 'ALTER TABLE pg_class ADD COLUMN {n} {type}', 'UPDATE pg_attribute SET attnum = {e1}', 'ALTER TABLE pg_temp.{t} ADD {n} {type}', 'CREATE EVENT TRIGGER {n} ON ddl_command_start EXECUTE FUNCTION noticed()', 'CREATE SUBSCRIPTION {n} CONNECTION {e1} PUBLICATION x',
	'ALTER SYSTEM SET work_mem = 1', 'CREATE DATABASE {n}', 'DROP DATABASE {n}', 'ALTER DATABASE postgres SET work_mem = 1', 'CREATE ROLE {n}', 'REASSIGN OWNED BY pairs_owner TO pairs_reader', 'ALTER TYPE mood DROP ATTRIBUTE {c}', 'ALTER TYPE {n} RENAME ATTRIBUTE {c} TO {c2}', 'ALTER DOMAIN positive ADD CHECK ({e1})', 'ALTER DOMAIN positive VALIDATE CONSTRAINT {n}', 'CREATE AGGREGATE {n} ({type}) (sfunc = twist, stype = {type})', 'CREATE OPERATOR @@@@ (leftarg = {type}, function = twist)',
	'CREATE CAST ({type} AS {type}) WITHOUT FUNCTION', 'CREATE COLLATION {n} FROM "C"', 'CREATE PUBLICATION {n} FOR TABLE {t} ({c}) WHERE ({e1})', 'ALTER PUBLICATION {n} ADD TABLE {t}', 'CREATE FOREIGN TABLE {n} (a {type}) SERVER x', 'CREATE ACCESS METHOD {n} TYPE TABLE HANDLER heap_tableam_handler', 'IMPORT FOREIGN SCHEMA x FROM SERVER y INTO z', 'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC', 'SECURITY LABEL ON TABLE {t} IS {e1}', 'CALL gradual.wait({e1})', 'SELECT gradual.start({e1})', 'CHECKPOINT', 'REINDEX DATABASE postgres', 'REINDEX (CONCURRENTLY) SCHEMA {S}',);

sub name { return chance(0.7) ? 'n' . int rand 5 : pick(@odd_names); }

sub value_of
{
	my ($placeholder) = @_;
	my ($letter) = $placeholder =~ /^(\w)/;

	return pick('customers', 'orders', 'logs', 'customers', 'orders', '"Order Lines"', @tables) if $placeholder =~ /^[tT]$/;
	return pick(chance(0.7) ? @types[ 0 .. 24 ] : @types) if $placeholder eq 'type';
	return pick(chance(0.3) ? @expressions[ 10 .. 13 ] : @expressions) if $placeholder =~ /^e\d$/;
	return pick('fz', 'fz_b', 'fz_c') if $placeholder eq 'S';
	return name() if $placeholder =~ /^(?:n|n2|vol)$/;
	my $object = object_of($placeholder, pick(qw(customers orders logs)));
	return $object if defined $object;
	my @of = columns_of($letter);
	return chance(0.03) ? name() : @of && !chance(0.05) ? quoted(pick(@of)) : pick(@columns);
}

# --- statements ---

# The same table and column, mostly, throughout a script
sub bound
{
	my ($sql, $bound) = @_;
	$sql =~ s/\{(\w+)\}/
		$bound->{$1} = value_of($1) if !exists $bound->{$1} || chance(0.15);
		$bound->{$1}/gex;
	return $sql;
}

my $token = qr/'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\w*\$|\w+|\s+|./s;

sub piece
{
	my $kind = rand;
	return pick(@keywords) if $kind < 0.3;
	return pick(@signs) if $kind < 0.5;
	return pick(@expressions) if $kind < 0.65;
	return pick(@types) if $kind < 0.75;
	return pick(@columns) if $kind < 0.85;
	return pick(@tables) if $kind < 0.9;
	return pick(@odd_names);
}

sub broken
{
	my ($sql) = @_;
	my @tokens = $sql =~ /$token/g;

	return $sql if !@tokens;
	my ($one, $other) = sort { $a <=> $b } int rand @tokens, int rand @tokens;
	my $kind = int rand 11;
	if ($kind == 0) { splice @tokens, $one, 1 }
	elsif ($kind == 1) { splice @tokens, $one, 1 + int rand 6 }
	elsif ($kind == 2) { splice @tokens, $one, 0, ' ' . piece() . ' ' }
	elsif ($kind <= 4) { $tokens[$one] = piece() }
	elsif ($kind == 5) { @tokens[ $one, $other ] = @tokens[ $other, $one ] }
	elsif ($kind == 6) { splice @tokens, $other, 0, ' ', @tokens[ $one .. ($other < $one + 12 ? $other : $one + 12) ], ' ' }
	elsif ($kind == 7) { splice @tokens, $one, 0, '/* ', chance(0.3) ? '/*' : '', '*/' }
	elsif ($kind == 8) { $tokens[$one] = '(' x (1 + rand 4) . $tokens[$one] . ')' x (1 + rand 4) }
	elsif ($kind == 9) { @tokens = map { /^(?:integer|text|bigint)$/ ? pick(@types) : $_ } @tokens }
	else { @tokens = map { /^(?:\d+|'.*')$/ ? pick(@expressions) : $_ } @tokens }
	return join '', @tokens;
}

# ALTER TABLE t a; ALTER TABLE t b  ->  ALTER TABLE t a, b
sub joined
{
	my (@statements) = @_;
	my $sql = join '; ', @statements;
	$sql =~ s/;\s*ALTER TABLE (?:ONLY )?(?:"[^"]*"|\w+) (?=ADD|ALTER|DROP)/, /g if chance(0.3);
	return $sql;
}

sub random_bytes
{
	my $length = pick(1, 10, 100, 1000);
	return join '', map { chr(1 + int rand 255) } 1 .. $length;
}

sub fuzz_script
{
	my $kind = rand;
	my %bound;

	return random_bytes() if $kind < 0.02;
	return pick(@odd_names, @expressions, @signs, '', ' ', ';;;', '(' x 20000, 'SELECT ' . '1+' x 3000 . '1', ';' x 5000) if $kind < 0.03;
	my @statements = map { bound(chance(0.6) ? pick(@forms)->{sql} : pick(@others), \%bound) } 1 .. pick(1, 1, 1, 2, 2, 3, 5);
	my $sql = joined(@statements);
	if ($kind > 0.75)
	{
		$sql = broken($sql) for 1 .. pick(1, 1, 1, 2, 4);
	}
	substr($sql, int rand length $sql, 1) = chr(1 + int rand 255) if $kind > 0.97 && $sql ne '';
	return $sql;
}

# What is run in earnest locks as it says, and a ROLLBACK does not undo that
sub unlock { return $_[0] =~ /pg_advisory_lock/ ? ' SELECT pg_advisory_unlock_all();' : ''; }

# --- arguments of functions ---

my @names = (q(''), 'NULL', q('defined'), q('theirs'), q('ready'), q('tracked'), q('nothing'), q('it''s "q" %s'), q(repeat('x', 100000)), q(E'\\n'), q('gradual'), q(' defined'), q('DEFINED'));
my %values = (
	name => \@names,
	text => [ @names, q('SELECT 1'), q('fail'), q('quarantine') ],
	script => [ 'NULL', q(''), q('SELECT 1'), q(';'), q('CREATE TABLE fz.x ()'), q(repeat('SELECT 1;', 300)), q('ALTER TABLE customers ADD COLUMN zz int; UPDATE customers SET zz = 1') ],
	# what these begin, or define, is nothing or refused: run() cannot be undone
	run_name => [ 'NULL', q(''), q('tracked'), q('theirs'), q('it''s "q" %s'), q(E'\\n') ],
	run_script => [ 'NULL', q(''), q(';'), q('ALTER TABLE nothing ADD x int'), q('CLUSTER customers'), q('SELECT 1 FROM'), q{repeat('(', 10000)} ],
	bool => [qw(NULL true false)],
	int => [qw(NULL 0 1 -1 2 100 2147483647 -2147483648)],
	bigint => [qw(NULL 0 1 -1 9223372036854775807 -9223372036854775808)],
	float => [ qw(NULL 0 1 -1 0.5 1e308 -1e308 1e-308), q('NaN'), q('Infinity'), q('-Infinity') ],
	interval => [ 'NULL', map { "interval '$_'" } '0', '1 ms', '-1 ms', '1 us', '178000000 years', '-178000000 years', '1 mon', '1 day -24:00:00', '2147483647 days', '2562047788:00:54', '00:00:10' ],
	jsonb => [ 'NULL', map { "'$_'::jsonb" } '{}', '[]', 'null', '1', '"x"', '{"a": 1}', '{"a.b": "c"}', '{"customers.memo": "upper(note)"}', '{"customers.memo": "1; DROP TABLE customers"}', '{"customers.memo": null}', '{"customers.memo": ["a"]}', '{"": ""}', '{"customers.nothing": "1"}', '{"nothing.x": "1"}',
		'{"customers.memo": "(SELECT 1)"}', '{"customers.memo": ""}', '{"customers.memo": "note) FROM orders --"}', '{"customers.memo": "NULL::nothing"}', '{"a.b.c.d": "1"}' ],
	array => [ 'NULL', map { "$_\::text[]" } q('{}'), q('{NULL}'), q('{""}'), q('{defined}'), q('{theirs,nothing}'), q('{{a,b},{c,d}}'), q('[5:6]={a,b}'), q(array_fill('x'::text, ARRAY[2000])), q('{defined,defined}') ],
	regclass => [ 'NULL', '0::regclass', '4294967295::oid::regclass', map { "'$_'::regclass" } 'customers', 'logs', 'customers_names', 'customers_pkey', 'customers_qty_idx', 'logs_pkey', 'numbers', 'totals', 'pg_class', 'gradual.migration', 'gradual.ledger', 'orders' ],
	column => [ 'NULL', q(''), q('id'), q('memo'), q('ctid'), q('nothing'), q('"id"'), q('id, memo'), q('twice') ],
	expression => [ 'NULL', q(''), q('1'), q('memo'), q('1/0'), q('memo::integer'), q('(SELECT 1)'), q('count(*)'), q('1 FROM orders'), q('qty; SELECT 1'), q('nothing'), q('*'), q('$1'), q('generate_series(1,2)'), q('row_number() OVER ()') ],);
my %arguments = (
	plan => 'name', preview => 'name int', rehearse => 'name int interval', start => 'name bool bool', complete => 'name bool', rollback => 'name bool', pause => 'name', resume => 'name', cancel => 'name', alter => 'name int interval int float', retry_quarantined => 'name',
	run_batch => 'name', has_run => 'name', forget => 'name', track_start => 'name', track_progress => 'name bigint', track_complete => 'name', track_fail => 'name text', copy_privileges => 'text text', refuse_dependents => 'text', carry_refused => 'int int regclass',
	unconvertible => 'regclass column expression', require_convertible => 'regclass column expression', require_sync => 'regclass text', move_identity => 'regclass column column', move_marks => 'regclass column column', replace_index => 'regclass regclass', worker_alive => 'int int',
	settle_foreign_key => 'regclass column', name_parts => 'regclass column column', follow_foreign_key => 'regclass column column', constrain_index => 'regclass bool bool bool', wait => 'name interval', run => 'run_name run_script', sync => '', carry => '', preview_row => '', explain => 'script', define => 'name script jsonb array text bigint int interval int');

my @functions = sort keys %arguments;

# The strings 'customers' and so on are names of relations for some
push @{ $values{text} }, map { "'$_'" } qw(customers customers_names fz.logs numbers);

sub arguments_line
{
	my $function = pick(@functions);
	my $call = "gradual.$function(" . join(', ', map { pick(@{ $values{$_} }) } split ' ', $arguments{$function}) . ')';

	# for what will never be there
	return "SET statement_timeout = '500ms'; CALL $call; RESET statement_timeout;" if $function eq 'wait';
	return "CALL $call;" if $function eq 'run';
	my $role = chance(0.2) ? 'SET LOCAL ROLE fuzz_other; ' : '';
	return "BEGIN; ${role}SELECT @{[ pick('', '* FROM ') ]}$call; ROLLBACK;";
}

# The functions of our triggers, in triggers of somebody else
sub trigger_line
{
	my $function = pick(qw(sync sync sync carry preview_row));
	my @modes = qw(fill default reverse shadow strict pair first last nothing);
	my @arguments = map { (pick(@columns, 'ctid', 'nothing', ''), pick(@expressions, @columns), pick('', '', 'true', @expressions), pick(@modes)) } 1 .. pick(1, 1, 1, 2, 3);
	@arguments = (pick(0, 1, 2, 2147483647, -1, 'x', ''), pick(0, 1, 2, 'x')) if $function eq 'carry';
	pop @arguments if chance(0.05);
	my $table = pick('customers', 'orders', 'logs', '"Order Lines"', 'customers_names');
	my $events = pick('INSERT OR UPDATE', 'INSERT OR UPDATE', 'UPDATE', 'DELETE', 'INSERT OR UPDATE OR DELETE', 'TRUNCATE');
	my $when = pick('BEFORE', 'BEFORE', 'AFTER', 'INSTEAD OF');
	my $each = pick('ROW', 'ROW', 'ROW', 'STATEMENT');
	my $change = pick("UPDATE $table SET memo = 'x', qty = qty + 1 WHERE id < 4", "UPDATE $table SET code = code || 'x' WHERE id = 5", "INSERT INTO $table (id, code, digits) OVERRIDING SYSTEM VALUE VALUES (700, 'c700', '700')", "DELETE FROM $table WHERE id = 9", 'TRUNCATE orders');
	return "BEGIN; CREATE TRIGGER zz $when $events ON $table FOR EACH $each EXECUTE FUNCTION gradual.$function(@{[ join ', ', map { s/'/''/gr =~ s/(.*)/'$1'/sr } @arguments ]}); $change; ROLLBACK;" . unlock("@arguments");
}

# --- one line of SQL ---

sub fuzz_literal
{
	my ($bytes) = @_;
	$bytes =~ s/\\/\\\\/g;
	$bytes =~ s/'/\\'/g;
	$bytes =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ge;
	return "E'$bytes'";
}

sub fuzz_line
{
	my ($seed, $n) = @_;

	srand($seed * 1_000_003 + $n);
	my $kind = rand;
	return arguments_line() if $kind < 0.07;
	return trigger_line() if $kind < 0.1;
	my $script = fuzz_literal(fuzz_script());
	return "BEGIN; SELECT gradual.define('f$n', $script, reverse => @{[ pick(@{ $values{jsonb} }[1 .. 5]) ]}); SELECT gradual.run_batch('f$n') FROM generate_series(1, 3); ROLLBACK;" . unlock($script) if $kind < 0.18;
	return "SELECT gradual.define('f$n', $script); SELECT sum(length(p::text)) FROM gradual.preview('f$n', 3) p; SELECT gradual.forget('f$n');" if $kind < 0.22;
	return "SELECT sum(length(e::text)) FROM gradual.explain($script) e;";
}

1;
