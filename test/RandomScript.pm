# Random tables and random scripts over them, out of the forms that are
# supported (docs/statements.md).  Everything follows from Perl's random
# numbers, so srand() repeats it, and from the database nothing.
#
# A model of the schema goes along, so that most scripts make sense; that some
# do not is welcome.  Values that cannot be the same in two runs (of volatile
# functions, the time) go only into columns whose names begin with "vol".

package RandomScript;

use strict;
use warnings;

use Exporter 'import';

our @EXPORT = qw(random_schema random_script);

# A type: its name, a value of row i, a constant, and what becomes of a column
# of it (%s) that is of the same type again.
my %types = (
	integer => {
		value => sub { "(i * @{[ 1 + int rand 9 ]}) % @{[ 2 + int rand 40 ]}" },
		constant => sub { int rand 50 },
		change => [ '%s + 1', '%s * 2', 'abs(%s)', 'coalesce(%s, 0)', 'nullif(%s, 3)', '-%s', 'twist(%s)', '%s' ],
	},
	bigint => {
		value => sub { "(i * @{[ 1 + int rand 9 ]})::bigint % 1000" },
		constant => sub { int rand 1000 },
		change => [ '%s + 1', 'coalesce(%s, 7)', 'greatest(%s, 10)', '%s' ],
	},
	text => {
		value => sub { "'Text ' || i % @{[ 2 + int rand 60 ]}" },
		constant => sub { pick("'new'", "'it''s'", "''", "'{}'") },
		change => [ 'upper(%s)', 'lower(%s)', q(%s || 'x'), q(coalesce(%s, 'none')), q(nullif(%s, 'Text 1')),
			q(split_part(%s, ' ', 2)), 'trim(%s)', '%s' ],
	},
	'character varying(30)' => {
		value => sub { "'v' || i % @{[ 2 + int rand 30 ]}" },
		constant => sub { pick("'short'", "'%'", "'A b'") },
		change => [ 'upper(%s)', q(coalesce(%s, 'none')), q(left(%s, 1)), '%s' ],
	},
	'numeric(12,2)' => {
		value => sub { '(i * 1.25)::numeric(12,2)' },
		constant => sub { int(rand 1000) / 10 },
		change => [ '%s * 1.1', '%s + 0.5', 'round(%s)', 'coalesce(%s, 0)', '%s' ],
	},
	boolean => {
		value => sub { "i % @{[ 2 + int rand 5 ]} = 0" },
		constant => sub { pick('true', 'false') },
		change => [ 'NOT %s', 'coalesce(%s, false)', '%s' ],
	},
	date => {
		value => sub { "date '2024-01-01' + i % 365" },
		constant => sub { "date '2025-0" . (1 + int rand 9) . "-10'" },
		change => [ '%s + 1', q(coalesce(%s, date '1999-12-31')), '%s' ],
	},
	'timestamp with time zone' => {
		value => sub { "timestamptz '2024-01-01 12:00+00' + i * interval '1 hour'" },
		constant => sub { "timestamptz '2025-02-0" . (1 + int rand 9) . " 00:00+00'" },
		change => [ q(%s + interval '1 day'), q(date_trunc('day', %s)), '%s' ],
	},
	jsonb => {
		value => sub { "jsonb_build_object('a', i % 7, 'b', 'x' || i)" },
		constant => sub { pick(q('{}'), q('[1, 2]'), q('{"a": null}')) },
		change => [ q(%s || '{"c": 1}'), q(%s - 'a'), q(coalesce(%s, '{}')), '%s' ],
	},
	uuid => {
		value => sub { 'md5(i::text)::uuid' },
		constant => sub { "'00000000-0000-0000-0000-00000000000" . int(rand 10) . q(') },
		change => [ '%s' ],
	},
	'integer[]' => {
		value => sub { 'ARRAY[i, i % 3]' },
		constant => sub { pick(q('{}'), q('{1,2}')) },
		change => [ '%s || 5', q(coalesce(%s, '{}')), '%s' ],
	},
	mood => {
		value => sub { q((ARRAY['sad', 'ok', 'happy'])[1 + i % 3]::mood) },
		constant => sub { pick(q('sad'), q('happy')) },
		change => [ '%s', q(coalesce(%s, 'ok')) ],
	},
	positive => {
		value => sub { '1 + i % 20' },
		constant => sub { 1 + int rand 9 },
		change => [ '%s + 1', '%s' ],
	},);
my @type_names = sort keys %types;

# What the model knows, and what the script is written in
my $model;

sub pick { return $_[ rand @_ ]; }
sub chance { return rand() < $_[0]; }

sub quote
{
	my ($name) = @_;
	return $name if $name =~ /^[a-z_][a-z0-9_]*$/ && $name !~ /^(?:select|user|order|table)$/;
	$name =~ s/"/""/g;
	return qq("$name");
}

# A name that is not yet taken
sub fresh
{
	my ($kind) = @_;
	my $n = ++$model->{names};
	return quote($kind . $n) if chance(0.8);
	return quote(pick("Camel$kind$n", "two words $n", qq(qu"ote$n), "\x{c3}\x{bc}ber$n", "per%cent$n", "a.b$n", q(it's) . $n));
}

sub column
{
	my ($table, %opt) = @_;
	my @columns = grep { !$_->{volatile} && !$_->{generated} } @{ $table->{columns} };

	@columns = grep { $_->{type} eq $opt{type} } @columns if defined $opt{type};
	@columns = grep { !$_->{key} } @columns if $opt{free};
	return @columns ? pick(@columns) : undef;
}

sub constant
{
	my ($type) = @_;
	return 'NULL' if chance(0.07);
	return $types{$type}{constant}->();
}

sub table { return pick(grep { !$_->{view} } @{ $model->{tables} }); }

# One that is not the same
sub other
{
	my ($table) = @_;
	my @others = grep { $_ != $table && $_->{id} } @{ $model->{tables} };
	return @others ? pick(@others) : undef;
}

# --- expressions ---

sub expression
{
	my ($table, $type, $alias) = @_;
	my $prefix = defined $alias ? "$alias." : '';
	my $same = column($table, type => $type);
	my $any = column($table);

	return constant($type) if !$any || chance(0.2);
	return sprintf(pick(@{ $types{$type}{change} }), $prefix . $same->{name}) if $same && chance(0.6);
	return "CASE WHEN @{[ condition($table, $alias) ]} THEN @{[ constant($type) ]} ELSE @{[ $same ? $prefix . $same->{name} : constant($type) ]} END"
	  if chance(0.2);
	return pick("$prefix$any->{name}::text", "'c:' || $prefix$any->{name}::text", "md5($prefix$any->{name}::text)",
		"concat($prefix$any->{name}, '-', 1)")
	  if $type eq 'text';
	return "length($prefix$any->{name}::text)" if $type eq 'integer' || $type eq 'bigint';
	return "$prefix$any->{name} IS NOT NULL" if $type eq 'boolean';
	return "to_jsonb($prefix$any->{name})" if $type eq 'jsonb';
	return constant($type);
}

sub condition
{
	my ($table, $alias) = @_;
	my $prefix = defined $alias ? "$alias." : '';
	my $c = column($table) or return 'true';
	my $name = $prefix . $c->{name};
	my $r = rand;

	return "$name IS NULL" if $r < 0.2;
	return "$name IS NOT NULL" if $r < 0.3;
	return "$name IS DISTINCT FROM @{[ constant($c->{type}) ]}" if $r < 0.4 && $c->{type} ne 'jsonb';
	return "$name = @{[ constant($c->{type}) ]}" if $r < 0.5;
	return "$prefix$table->{id} % @{[ 2 + int rand 4 ]} = 0" if $r < 0.75 && $table->{id};
	return "(@{[ condition($table, $alias) ]} AND @{[ condition($table, $alias) ]})" if $r < 0.82;
	return "(@{[ condition($table, $alias) ]} OR @{[ condition($table, $alias) ]})" if $r < 0.89;
	return "NOT (@{[ condition($table, $alias) ]})" if $r < 0.93;
	return "$name IN (@{[ constant($c->{type}) ]}, @{[ constant($c->{type}) ]})";
}

sub volatile
{
	return pick([ 'uuid', 'gen_random_uuid()' ], [ 'double precision', 'random()' ], [ 'bigint', "nextval('numbers')" ],
		[ 'timestamp with time zone', 'now()' ]);
}

# --- statements ---

sub add_column
{
	my ($table) = @_;
	my $type = pick(@type_names);
	my $name = fresh('c');
	my $definition = "$name $type";

	# by an UPDATE, which a trigger sees
	if (!$table->{trigger} && chance(0.12))
	{
		my ($vol_type, $value) = @{ volatile() };
		$name = quote('vol' . ++$model->{names});
		push @{ $table->{columns} }, { name => $name, type => $vol_type, volatile => 1 };
		return "ADD COLUMN $name $vol_type DEFAULT $value" . (chance(0.3) ? ' NOT NULL' : '');
	}
	$definition .= ' COLLATE "C"' if $type eq 'text' && chance(0.1);
	if (chance(0.5))
	{
		$definition .= " DEFAULT @{[ constant($type) ]}";
		$definition .= ' NOT NULL' if chance(0.4);
	}
	elsif (chance(0.15))
	{
		$definition .= ' NOT NULL';
	}
	push @{ $table->{columns} }, { name => $name, type => $type, new => 1 };
	return 'ADD ' . pick('COLUMN ', '', 'COLUMN IF NOT EXISTS ') . $definition;
}

sub assignments
{
	my ($table, $alias) = @_;
	my %set;

	foreach (1 .. (chance(0.7) ? 1 : 2))
	{
		my @new = grep { $_->{new} && !$_->{volatile} && !$_->{generated} } @{ $table->{columns} };
		my $c = @new && chance(0.6) ? pick(@new) : column($table, free => chance(0.95)) or next;
		$set{ $c->{name} } = expression($table, $c->{type}, $alias);
	}
	return %set ? join(', ', map { "$_ = $set{$_}" } sort keys %set) : undef;
}

# "Rewrite the table" as people write it
sub update
{
	my $table = table();
	my $other = other($table);
	my $set = assignments($table) or return;
	my $where = chance(0.6) ? ' WHERE ' . condition($table) : '';
	my $c = column($table, free => 1) or return;

	if ($other && $table->{id} && chance(0.25))
	{
		my $o = column($other, type => $c->{type});
		my $value = $o ? "o.$o->{name}" : constant($c->{type});
		return pick(
			"UPDATE $table->{name} t SET $c->{name} = $value FROM $other->{name} o WHERE o.$other->{id} = t.$table->{id}",
			"UPDATE $table->{name} SET $c->{name} = (SELECT $value FROM $other->{name} o WHERE o.$other->{id} = $table->{name}.$table->{id})$where",
			"UPDATE $table->{name} t SET $c->{name} = @{[ constant($c->{type}) ]} WHERE EXISTS (SELECT FROM $other->{name} o WHERE o.$other->{id} = t.$table->{id} AND @{[ condition($other, 'o') ]})",
			"UPDATE $table->{name} SET $c->{name} = @{[ constant($c->{type}) ]} WHERE $table->{id} IN (SELECT $other->{id} FROM $other->{name})"
		);
	}
	my @vol = grep { $_->{volatile} && $_->{type} eq 'uuid' } @{ $table->{columns} };
	return "UPDATE $table->{name} SET @{[ pick(@vol)->{name} ]} = gen_random_uuid()$where" if @vol && chance(0.5);
	return "UPDATE $table->{name} SET $c->{name} = DEFAULT$where" if chance(0.05);
	return "UPDATE $table->{name} SET $set$where";
}

sub delete_rows
{
	my $table = table();
	my $other = other($table);

	if ($other && $table->{id} && chance(0.4))
	{
		return pick(
			"DELETE FROM $table->{name} t USING $other->{name} o WHERE o.$other->{id} = t.$table->{id} AND @{[ condition($other, 'o') ]}",
			"DELETE FROM $table->{name} WHERE NOT EXISTS (SELECT FROM $other->{name} o WHERE o.$other->{id} = $table->{name}.$table->{id})");
	}
	return "DELETE FROM $table->{name} WHERE @{[ condition($table) ]}";
}

sub insert_values
{
	my $table = table();
	my @columns = grep { !$_->{volatile} && !$_->{generated} && (!$_->{identity} || chance(0.3)) } @{ $table->{columns} };
	my @rows;

	@columns = grep { $_->{key} || chance(0.8) } @columns;
	return "INSERT INTO $table->{name} DEFAULT VALUES" if !@columns;
	foreach (1 .. 1 + int rand 3)
	{
		my $n = 5000 + ++$model->{names};
		push @rows, '(' . join(', ', map { $_->{key} ? $n : constant($_->{type}) } @columns) . ')';
	}
	return "INSERT INTO $table->{name} (" . join(', ', map { $_->{name} } @columns) . ') VALUES ' . join(', ', @rows);
}

sub not_null
{
	my ($table) = @_;
	my @new = grep { $_->{new} } @{ $table->{columns} };
	my $c = @new && chance(0.6) ? pick(@new) : column($table, free => 1) or return;
	return "ALTER COLUMN $c->{name} SET NOT NULL";
}

# The idiom: a column, its fill, NOT NULL
sub fill
{
	my $table = table();
	my $add = add_column($table);
	my $c = $table->{columns}[-1];
	my @statements = ("ALTER TABLE $table->{name} $add");

	return @statements if $c->{volatile};
	my $value = expression($table, $c->{type});
	push @statements, "UPDATE $table->{name} SET $c->{name} = $value" . (chance(0.4) ? " WHERE $c->{name} IS NULL" : '');
	push @statements, "ALTER TABLE $table->{name} ALTER COLUMN $c->{name} SET NOT NULL" if chance(0.5);
	push @statements, "ALTER TABLE $table->{name} ALTER COLUMN $c->{name} DROP DEFAULT" if chance(0.2);
	return @statements;
}

sub subcommand
{
	my ($table) = @_;
	my $c = column($table, free => 1) or return;
	my $r = rand;

	return add_column($table) if $r < 0.35;
	return not_null($table) if $r < 0.47;
	return "ALTER $c->{name} SET DEFAULT @{[ constant($c->{type}) ]}" if $r < 0.6;
	return "ALTER COLUMN $c->{name} DROP DEFAULT" if $r < 0.67;
	return "ALTER COLUMN $c->{name} DROP NOT NULL" if $r < 0.73;
	return "ALTER COLUMN $c->{name} SET STATISTICS @{[ int rand 500 ]}" if $r < 0.78;
	return "ALTER COLUMN $c->{name} SET STORAGE @{[ pick('EXTERNAL', 'MAIN', 'EXTENDED', 'PLAIN') ]}" if $r < 0.82;
	return "ALTER COLUMN $c->{name} SET (n_distinct = @{[ int rand 100 ]})" if $r < 0.85;
	if ($r < 0.93 && @{ $table->{constraints} })
	{
		my $constraint = pick(@{ $table->{constraints} });
		return "DROP CONSTRAINT $constraint->{name}" . (chance(0.2) ? ' CASCADE' : '') if chance(0.5);
		return "VALIDATE CONSTRAINT $constraint->{name}";
	}
	return "SET (fillfactor = @{[ 50 + int rand 50 ]})" if $r < 0.96;
	return pick('SET (autovacuum_enabled = false)', 'REPLICA IDENTITY FULL', 'RESET (fillfactor)', 'OWNER TO oracle_owner');
}

sub alter_table
{
	my $table = table();
	my @subcommands = grep { defined } map { subcommand($table) } 1 .. (chance(0.7) ? 1 : 2 + int rand 2);
	return if !@subcommands;
	return 'ALTER TABLE ' . (chance(0.1) ? 'IF EXISTS ' : '') . $table->{name} . ' ' . join(', ', @subcommands);
}

sub create_index
{
	my $table = table();
	my $c = column($table) or return;
	my $d = column($table);
	my $name = fresh('i');
	my $method = '';
	my $key = pick($c->{name}, $c->{name}, "$c->{name} DESC NULLS LAST", "$c->{name}, $d->{name}", "($c->{name} IS NULL)");

	$key = "lower($c->{name})" if $c->{type} eq 'text' && chance(0.4);
	$key = "$c->{name} text_pattern_ops" if $c->{type} eq 'text' && chance(0.1);
	($method, $key) = ('USING gin ', $c->{name}) if ($c->{type} eq 'jsonb' || $c->{type} eq 'integer[]') && chance(0.5);
	$method = 'USING hash ', $key = $c->{name} if chance(0.05);
	push @{ $model->{indexes} }, { name => $name };
	return 'CREATE '
	  . ($method eq '' && chance(0.2) ? 'UNIQUE ' : '') . 'INDEX '
	  . (chance(0.15) ? 'CONCURRENTLY ' : '')
	  . (chance(0.1) ? 'IF NOT EXISTS ' : '')
	  . (chance(0.1) && !pop @{ $model->{indexes} } ? '' : "$name ")
	  . "ON $table->{name} $method($key)"
	  . ($method eq '' && chance(0.1) ? " INCLUDE ($d->{name})" : '')
	  . (chance(0.1) ? ' WITH (fillfactor = 80)' : '')
	  . (chance(0.25) ? ' WHERE ' . condition($table) : '');
}

sub drop_index
{
	my $n = @{ $model->{indexes} } or return;
	my $index = splice @{ $model->{indexes} }, int rand $n, 1;
	return 'DROP INDEX ' . (chance(0.15) ? 'CONCURRENTLY ' : '') . (chance(0.2) ? 'IF EXISTS ' : '') . $index->{name};
}

sub create_table
{
	my $name = fresh('n');
	my @columns = map { { name => fresh('c'), type => pick(@type_names) } } 1 .. 1 + int rand 3;
	my $table = { name => $name, columns => [ @columns ], constraints => [], created => 1 };
	my $old = table();
	my $id = 'id integer ' . pick('PRIMARY KEY', 'PRIMARY KEY', 'UNIQUE', 'GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY');

	$table->{id} = 'id';
	unshift @{ $table->{columns} }, { name => 'id', type => 'integer', key => 1 };
	push @{ $model->{tables} }, $table;
	if (chance(0.15) && $old->{id})
	{
		pop @{ $model->{tables} };
		return "CREATE TABLE $name AS SELECT $old->{id} AS id FROM $old->{name} WHERE @{[ condition($old) ]}";
	}
	$id .= " REFERENCES $old->{name}" if chance(0.15) && $old->{primary};
	return "CREATE TABLE $name ($id, " . join(', ', map { "$_->{name} $_->{type}" . (chance(0.3) ? ' DEFAULT ' . constant($_->{type}) : '') } @columns) . ')';
}

sub insert_select
{
	my ($made) = grep { $_->{created} } @{ $model->{tables} };
	my $table = table();
	return if !$made || $made == $table || !$table->{id};
	return "INSERT INTO $made->{name} (id) SELECT $table->{id} FROM $table->{name}" . (chance(0.3) ? ' WHERE ' . condition($table) : '');
}

sub comment_on
{
	my $table = table();
	my $c = column($table) or return;
	my $text = pick("'a comment'", "'it''s \"quoted\"'", 'NULL');
	my @indexes = map { $_->{name} } @{ $model->{indexes} };

	return "COMMENT ON INDEX @{[ pick(@indexes) ]} IS $text" if @indexes && chance(0.3);
	return pick("COMMENT ON TABLE $table->{name} IS $text", "COMMENT ON COLUMN $table->{name}.$c->{name} IS $text");
}

sub grant
{
	my $table = table();
	my $c = column($table) or return;
	return pick("GRANT SELECT ON $table->{name} TO oracle_reader",
		"GRANT SELECT ($c->{name}), UPDATE ($c->{name}) ON $table->{name} TO oracle_reader",
		"GRANT ALL ON TABLE $table->{name} TO oracle_reader WITH GRANT OPTION");
}

sub create_object
{
	my $table = table();
	my $c = column($table) or return;
	my $d = column($table);
	my $name = fresh('o');
	my $r = rand;

	return "CREATE VIEW $name AS SELECT " . ($d == $c ? $c->{name} : "$c->{name}, $d->{name}") . " FROM $table->{name} WHERE @{[ condition($table) ]}" if $r < 0.3;
	return "CREATE FUNCTION $name(x integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT x + 1'" if $r < 0.45;
	return "CREATE FUNCTION $name() RETURNS bigint LANGUAGE plpgsql AS \$body\$ BEGIN RETURN (SELECT count(*) FROM $table->{name}); END \$body\$" if $r < 0.55;
	return ("CREATE FUNCTION $name() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
		"CREATE TRIGGER $name BEFORE INSERT OR UPDATE ON $table->{name} FOR EACH ROW EXECUTE FUNCTION $name()") if $r < 0.65;
	return "CREATE TYPE $name AS ENUM ('a', 'b')" if $r < 0.7;
	return "CREATE TYPE $name AS (a integer, b text)" if $r < 0.73;
	return "CREATE DOMAIN $name AS integer CHECK (VALUE > 0)" if $r < 0.76;
	return "CREATE SEQUENCE $name START 10" if $r < 0.82;
	return "CREATE MATERIALIZED VIEW $name AS SELECT count(*) AS n FROM $table->{name}" if $r < 0.88;
	return "CREATE STATISTICS $name ON $c->{name}, $d->{name} FROM $table->{name}" if $r < 0.94 && $c != $d;
	return "CREATE POLICY $name ON $table->{name} TO oracle_reader USING (@{[ condition($table) ]})" if $r < 0.97;
	return "CREATE RULE $name AS ON DELETE TO $table->{name} WHERE false DO INSTEAD NOTHING";
}

# Objects of the script that later statements of it use
sub make_and_use
{
	my $table = table();
	my $c = column($table, free => 1) or return;
	my $name = fresh('u');
	my $new = fresh('c');
	my $r = rand;

	return ("CREATE FUNCTION $name(x text) RETURNS text LANGUAGE @{[ pick(qq(sql IMMUTABLE AS 'SELECT ''f'' || coalesce(x, '''')'),
			qq(plpgsql AS 'BEGIN RETURN upper(x); END'), qq(plpgsql STABLE AS 'BEGIN RETURN coalesce(x, ''none''); END')) ]}",
		"ALTER TABLE $table->{name} ADD $new text",
		"UPDATE $table->{name} SET $new = $name($c->{name}::text)",
		chance(0.4) ? "ALTER TABLE $table->{name} ALTER $new SET NOT NULL" : undef,
		chance(0.4) ? "DROP FUNCTION $name(text)" : undef) if $r < 0.3;
	return ("CREATE TYPE $name AS ENUM ('a', 'b')", "ALTER TABLE $table->{name} ADD $new $name DEFAULT 'a'",
		"UPDATE $table->{name} SET $new = 'b' WHERE @{[ condition($table) ]}",
		"CREATE INDEX ON $table->{name} ($new) WHERE $new = 'b'") if $r < 0.45;
	return ("CREATE SEQUENCE $name", "ALTER TABLE $table->{name} ADD vol$name bigint DEFAULT nextval('$name')",
		"ALTER SEQUENCE $name OWNED BY $table->{name}.vol$name") if $r < 0.55 && $name =~ /^\w+$/ && !$table->{trigger};
	return ("CREATE TABLE $name AS SELECT $c->{name} AS x, count(*) AS n FROM $table->{name} GROUP BY 1",
		"CREATE UNIQUE INDEX ON $name (x)", "ALTER TABLE $table->{name} ADD $new bigint",
		"UPDATE $table->{name} t SET $new = s.n FROM $name s WHERE s.x = t.$c->{name}") if $r < 0.7 && $c->{type} ne 'jsonb';
	return ("CREATE INDEX $name ON $table->{name} ($c->{name})", "ALTER INDEX $name RENAME TO $new",
		chance(0.5) ? "DROP INDEX $new" : "COMMENT ON INDEX $new IS 'renamed'") if $r < 0.8;
	return ("DROP INDEX " . $model->{indexes}[0]{name}, "CREATE INDEX $model->{indexes}[0]{name} ON $table->{name} ($c->{name} DESC)")
	  if $r < 0.87 && @{ $model->{indexes} };
	return ("CREATE MATERIALIZED VIEW $name AS SELECT $c->{name} AS x, count(*) AS n FROM $table->{name} GROUP BY 1",
		"CREATE UNIQUE INDEX ON $name (x)", "UPDATE $table->{name} SET $c->{name} = @{[ expression($table, $c->{type}) ]}",
		"REFRESH MATERIALIZED VIEW " . pick('', 'CONCURRENTLY ') . $name) if $r < 0.94 && $c->{type} ne 'jsonb';
	return "ALTER TABLE $table->{name} RENAME CONSTRAINT $table->{constraints}[0]{name} TO $new" if @{ $table->{constraints} };
	return "DO \$body\$ BEGIN UPDATE $table->{name} SET $c->{name} = @{[ expression($table, $c->{type}) ]}; END \$body\$";
}

sub update_several
{
	my $table = table();
	my $c = column($table, free => 1) or return;
	my $d = column($table, free => 1);
	my $other = other($table);
	return if $c == $d;
	return pick("UPDATE $table->{name} SET ($c->{name}, $d->{name}) = ROW (@{[ expression($table, $c->{type}) ]}, @{[ expression($table, $d->{type}) ]})",
		"UPDATE $table->{name} t SET ($c->{name}, $d->{name}) = (SELECT @{[ expression($table, $c->{type}, 't') ]}, @{[ expression($table, $d->{type}, 't') ]})",
		"UPDATE $table->{name} AS x SET $c->{name} = @{[ expression($table, $c->{type}, 'x') ]} WHERE @{[ condition($table, 'x') ]}",
		"WITH w AS (SELECT @{[ constant($c->{type}) ]}::$c->{type} AS v) UPDATE $table->{name} SET $c->{name} = w.v FROM w",
		"UPDATE ONLY $table->{name} SET $c->{name} = @{[ expression($table, $c->{type}) ]}",
		$other ? "UPDATE $table->{name} SET $c->{name} = @{[ expression($table, $c->{type}) ]} WHERE (SELECT count(*) FROM $other->{name}) > @{[ int rand 10 ]}" : ());
}

sub add_value
{
	my $value = 'value' . ++$model->{names};
	return "ALTER TYPE mood ADD VALUE " . (chance(0.3) ? 'IF NOT EXISTS ' : '') . "'$value'" . pick('', " BEFORE 'ok'", " AFTER 'sad'");
}

sub miscellany
{
	my $table = table();
	my $c = column($table) or return;

	return "CREATE OR REPLACE FUNCTION twist(x integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT x + @{[ 2 + int rand 5 ]}'" if chance(0.4);
	return "CREATE OR REPLACE VIEW replaced AS SELECT $c->{name} FROM $table->{name} WHERE @{[ condition($table) ]}" if chance(0.2);
	return "ALTER TABLE $table->{name} ENABLE @{[ pick('ALWAYS ', 'REPLICA ', '') ]}TRIGGER $table->{trigger}" if $table->{trigger} && chance(0.5);
	return pick('SET search_path = ' . quote($model->{schema}) . ', public', "SET LOCAL lock_timeout = '10s'",
		"SET DateStyle = 'ISO, DMY'", "ANALYZE $table->{name}", "SELECT count(*) FROM $table->{name}",
		'ALTER SEQUENCE numbers INCREMENT BY 2', 'BEGIN; COMMIT');
}

my @statements = (
	[ 22, \&fill ], [ 18, \&alter_table ], [ 18, \&update ], [ 8, \&delete_rows ], [ 6, \&insert_values ],
	[ 12, \&create_index ], [ 4, \&drop_index ], [ 4, \&create_table ], [ 2, \&insert_select ], [ 4, \&comment_on ],
	[ 4, \&grant ], [ 5, \&create_object ], [ 6, \&make_and_use ], [ 5, \&update_several ], [ 2, \&add_value ], [ 6, \&miscellany ]);

sub statement
{
	my $total = 0;
	$total += $_->[0] foreach @statements;
	my $n = rand $total;

	foreach my $kind (@statements)
	{
		$n -= $kind->[0];
		return grep { defined } $kind->[1]->() if $n < 0;
	}
	return;
}

# The statements of a script over the schema that was made last
sub random_script
{
	my $wanted = 1 + int rand 6;
	my @script;

	foreach (1 .. 100)
	{
		push @script, statement();
		last if @script >= $wanted;
	}
	return @script;
}

# --- the schema before ---

# What a trigger does must not depend on the order of rows, nor on how often a
# row is updated without the column.
sub random_trigger
{
	my ($table) = @_;
	my $text = column($table, type => 'text');
	my $number = column($table, type => 'integer', free => 1);
	my $name = fresh('tr');
	my $make = sub {
		my ($when, $do, $return) = @_;
		$table->{trigger} = $name;
		return ("CREATE FUNCTION $name() RETURNS trigger LANGUAGE plpgsql AS \$body\$ BEGIN $do; RETURN $return; END \$body\$",
			"CREATE TRIGGER $name $when ON $table->{name} FOR EACH ROW EXECUTE FUNCTION $name()");
	};

	return $make->('BEFORE INSERT OR UPDATE', "NEW.$text->{name} := upper(NEW.$text->{name})", 'NEW') if $text && chance(0.4);
	return $make->("BEFORE UPDATE OF $number->{name}", "NEW.$number->{name} := coalesce(NEW.$number->{name}, 0) + 100", 'NEW') if $number && chance(0.4);
	return $make->('AFTER INSERT OR DELETE', "PERFORM 1", 'NULL');
}

sub random_table
{
	my ($number) = @_;
	my $name = fresh('t');
	my $table = { name => $name, columns => [], constraints => [] };
	my $partitioned = chance(0.2);
	my $rows = pick(0, 1, 5, 30, 100, 200, 300, 600);
	my $form = rand;
	my (@definitions, @values, @sql);
	my $id = chance(0.8) ? 'id' : fresh('id');

	if ($form < 0.85)
	{
		my $identity = !$partitioned && $form > 0.7;
		my $type = pick('integer', 'bigint');
		$table->{id} = $id;
		$table->{primary} = $partitioned || $form < 0.75;
		push @{ $table->{columns} }, { name => $id, type => $type, key => 1, identity => $identity };
		push @definitions, "$id $type" . ($identity ? ' GENERATED BY DEFAULT AS IDENTITY' : ' NOT NULL')
		  . ($table->{primary} ? ' PRIMARY KEY' : pick(' UNIQUE', ' UNIQUE', ''));
		push @values, 'i';
	}
	my $dropped = chance(0.3) ? int rand 3 : -1;
	foreach my $n (0 .. 1 + int rand 4)
	{
		my $type = pick(@type_names);
		my $c = { name => fresh('c'), type => $type };
		my $value = $types{$type}{value}->();
		my $definition = "$c->{name} $type";

		if ($n == $dropped)
		{
			push @definitions, 'gone text';
			push @values, "'gone ' || i";
		}
		$definition .= ' DEFAULT ' . $types{$type}{constant}->() if chance(0.3);
		if (chance(0.3))
		{
			$definition .= ' NOT NULL';
		}
		elsif (chance(0.5))
		{
			$value = "CASE WHEN i % @{[ 2 + int rand 6 ]} = 0 THEN NULL ELSE $value END";
		}
		push @definitions, $definition;
		push @values, $value;
		push @{ $table->{columns} }, $c;
	}
	my $integer = column($table, type => 'integer', free => 1);
	push @definitions, "@{[ fresh('g') ]} bigint GENERATED ALWAYS AS ($integer->{name} * 2) STORED" if $integer && chance(0.15);

	push @sql, "CREATE TABLE $name (" . join(', ', @definitions) . ')' . ($partitioned && $table->{id} ? " PARTITION BY RANGE ($id)" : '');
	if ($partitioned && $table->{id})
	{
		my $part = fresh('p');
		push @sql, "CREATE TABLE $part PARTITION OF $name FOR VALUES FROM (MINVALUE) TO (150)";
		push @sql, "CREATE TABLE @{[ fresh('p') ]} PARTITION OF $name DEFAULT";
	}
	push @sql, "INSERT INTO $name SELECT " . join(', ', @values) . " FROM generate_series(1, $rows) i" if $rows;
	push @sql, "ALTER TABLE $name DROP COLUMN gone" if $dropped >= 0 && grep { $_ eq 'gone text' } @definitions;
	if (chance(0.4))
	{
		my $c = column($table);
		my $index = fresh('i');
		push @{ $model->{indexes} }, { name => $index };
		push @sql, "CREATE INDEX $index ON $name ($c->{name})";
	}
	if (chance(0.35) && (my $c = column($table, free => 1)))
	{
		my $constraint = fresh('k');
		push @{ $table->{constraints} }, { name => $constraint };
		push @sql, "ALTER TABLE $name ADD CONSTRAINT $constraint CHECK (" . pick("$c->{name} IS NOT NULL", "true OR $c->{name} IS NULL", condition($table)) . ') NOT VALID';
	}
	my ($first) = grep { $_->{primary} } @{ $model->{tables} };
	if ($first && $table->{id} && chance(0.2))
	{
		my $constraint = "f" . ++$model->{names};
		push @{ $table->{constraints} }, { name => $constraint };
		push @sql, "ALTER TABLE $name ADD CONSTRAINT $constraint FOREIGN KEY ($id) REFERENCES $first->{name} ON DELETE CASCADE NOT VALID" if !$partitioned;
	}
	push @sql, "ALTER TABLE $name ALTER COLUMN @{[ column($table)->{name} ]} SET STATISTICS 50" if chance(0.1);
	push @sql, "GRANT SELECT ON $name TO oracle_reader" if chance(0.1);
	push @sql, random_trigger($table) if chance(0.2);
	push @sql, "CREATE VIEW @{[ fresh('w') ]} AS SELECT * FROM $name" if chance(0.1);
	push @sql, "ANALYZE $name" if chance(0.7);
	push @{ $model->{tables} }, $table;
	return @sql;
}

# The statements that make a schema with tables
sub random_schema
{
	my ($schema) = @_;

	$model = { schema => $schema, names => 0, tables => [], indexes => [] };
	return ("CREATE SCHEMA $schema", "SET search_path = $schema",
		"CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')", 'CREATE DOMAIN positive AS integer CHECK (VALUE > 0)',
		'CREATE SEQUENCE numbers',
		'CREATE FUNCTION twist(x integer) RETURNS integer LANGUAGE sql IMMUTABLE AS \'SELECT x + 1\'', map { random_table($_) } 1 .. 1 + int rand 3);
}

1;
