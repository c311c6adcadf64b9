# What the migrations of the chaos run are made of.  A form is what a script does
# to columns that no other form touches, so any of them go together; beside it
# stands what the application of before (old) and of after (new) says of these
# columns, and what its rows then hold.
#
#   script    statements
#   columns   of the table at the start, with a row's values from its key "i"
#   row       the fields of row k at the start
#   old, new  a list of changes: [ assignments, effect on the row's fields ]; '%v' is
#             a number that was never there before
#   insert    the same of columns and values of a new row, for old and new
#   read      expressions that return what a row holds for old and new, as text ..
#   is        .. and the same of the fields
#   alone     statements of the new application on another table: [ SQL, effect ];
#             only when there is no old one, which could not see them
#   counts    what the backfill of every row once has left in a row: 1
#   final     SQL conditions that hold for no row at the end
#   bad       what repairs the rows that the migration does not take
#   once      a key that was deleted does not come again
#   stays     a rollback refuses, since rows were changed
#   also      more tables, before it; after_columns: indexes and the like
#   reverse   of define: column and expression
#   id        type of the key at the start, if not bigint
#   table     the table's new name
#   unpartitioned   PostgreSQL has it for plain tables only
#
# Values are compared as they are from the beginning to the end, so a read hides
# what the migration itself does with a column (n - n % 10).

package ChaosForms;

use strict;
use warnings;

use Exporter 'import';

our @EXPORT = qw(%forms base_columns);

# In every table; "pad" makes it long enough to be shared by several workers.
sub base_columns { return "id $_[0] PRIMARY KEY, touched int NOT NULL DEFAULT 0, born text NOT NULL DEFAULT 'new', pad text"; }

# One column, under a name that old and new may see differently
sub one_column
{
	my ($field, $old, $new, $value) = @_;
	my $set = sub { $_[0]{$field} = $value->($_[1]) };
	my $text = $value->('%v') =~ /^%v$/ ? '%v' : "'" . $value->('%v') . "'";

	return (
		old => [ [ "$old = $text", $set ] ],
		new => [ [ "$new = $text", $set ] ],
		insert => { old => [ $old, $text, $set ], new => [ $new, $text, $set ] },
		read => { old => "$old\::text", new => "$new\::text" },
		is => { old => sub { $_[0]{$field} }, new => sub { $_[0]{$field} } });
}

sub filled { $_[0]{name} = "N$_[1]"; $_[0]{shown} = "n$_[1]"; return; }

our %forms = (
	# ADD COLUMN and UPDATE, with a trigger meanwhile
	fill => {
		columns => [ [ 'name text NOT NULL', "'N' || i" ] ],
		script => [ 'ALTER TABLE person ADD COLUMN shown text', 'UPDATE person SET shown = lower(name)',
			'ALTER TABLE person ALTER COLUMN shown SET NOT NULL', 'CREATE INDEX person_shown ON person (shown)' ],
		row => sub { return (name => "N$_[0]", shown => "n$_[0]") },
		old => [ [ "name = 'N%v'", \&filled ] ],
		new => [ [ "shown = 's%v'", sub { $_[0]{shown} = "s$_[1]" } ],
			[ "name = 'M%v', shown = 't%v'", sub { @{ $_[0] }{qw(name shown)} = ("M$_[1]", "t$_[1]") } ] ],
		insert => { old => [ 'name', "'N%v'", \&filled ],
			new => [ 'name, shown', "'M%v', 't%v'", sub { @{ $_[0] }{qw(name shown)} = ("M$_[1]", "t$_[1]") } ] },
		read => { old => 'name', new => "name || ' ' || coalesce(shown, 'NULL')" },
		is => { old => sub { $_[0]{name} }, new => sub { "$_[0]{name} $_[0]{shown}" } },
	},

	# A value that the UPDATE itself makes impossible to meet again
	proof => {
		columns => [ [ 'state text', "CASE WHEN i % 3 > 0 THEN 'S' || i END" ] ],
		script => [ "UPDATE person SET state = 'none' WHERE state IS NULL", 'ALTER TABLE person ALTER COLUMN state SET NOT NULL' ],
		row => sub { return (state => $_[0] % 3 ? "S$_[0]" : 'none') },
		one_column('state', 'state', 'state', sub { "S$_[0]" }),
		read => { old => "coalesce(state, 'none')", new => "coalesce(state, 'none')" },
		stays => 1,
	},

	# Every row once, by key: the last digit says how often
	key => {
		columns => [ [ 'n int NOT NULL DEFAULT 0', '0' ] ],
		script => [ 'UPDATE person SET n = n + 1' ],
		row => sub { return (n => 0, counted => 1) },
		old => [ [ 'n = n + 10', sub { $_[0]{n} += 10 } ] ],
		new => [ [ 'n = n + 10', sub { $_[0]{n} += 10 } ] ],
		insert => { old => [ 'n', '0', sub { @{ $_[0] }{qw(n counted)} = (0, 0) } ], new => [ 'n', '0', sub { @{ $_[0] }{qw(n counted)} = (0, 0) } ] },
		read => { old => '(n - n % 10)::text', new => '(n - n % 10)::text' },
		is => { old => sub { $_[0]{n} }, new => sub { $_[0]{n} } },
		final => [ "n % 10 > 1", "n % 10 <> 1 AND born = 'start'" ],
		counts => 'n % 10',
		stays => 1,
	},

	# Rows that the application may still save
	delete => {
		columns => [ [ "kind text NOT NULL DEFAULT 'K'", "CASE WHEN i % 7 = 0 THEN 'junk' ELSE 'K' || i END" ] ],
		script => [ "DELETE FROM person WHERE kind = 'junk'" ],
		row => sub { return $_[0] % 7 ? (kind => "K$_[0]") : (kind => 'junk', goes => 1) },
		one_column('kind', 'kind', 'kind', sub { "K$_[0]" }),
		old => [ [ "kind = 'K%v'", sub { $_[0]{kind} = "K$_[1]"; $_[0]{goes} = 0 } ] ],
		new => [ [ "kind = 'K%v'", sub { $_[0]{kind} = "K$_[1]"; $_[0]{goes} = 0 } ] ],
		final => [ "kind = 'junk'" ],
		stays => 1,
	},

	# A table split in two
	copy => {
		columns => [ [ 'bio text', "'B' || i" ] ],
		script => [ 'CREATE TABLE profile (id bigint PRIMARY KEY, bio text)', 'GRANT ALL ON profile TO chaos_app', 'INSERT INTO profile SELECT id, bio FROM person',
			'ALTER TABLE person DROP COLUMN bio' ],
		row => sub { return (bio => "B$_[0]") },
		old => [ [ "bio = 'B%v'", sub { $_[0]{bio} = "B$_[1]" } ] ],
		new => [],
		alone => [ [ "UPDATE profile SET bio = 'P%v' WHERE id = %k", sub { $_[0]{bio} = "P$_[1]" } ] ],
		insert => { old => [ 'bio', "'B%v'", sub { $_[0]{bio} = "B$_[1]" } ], new => [ '', '', sub { $_[0]{bio} = '' } ] },
		read => { old => "coalesce(bio, '')", new => "coalesce((SELECT bio FROM profile WHERE profile.id = person.id), '')" },
		is => { old => sub { $_[0]{bio} }, new => sub { $_[0]{bio} } },
		once => 1,
	},

	rename => {
		columns => [ [ 'title text NOT NULL', "'T' || i" ] ],
		script => [ 'ALTER TABLE person RENAME COLUMN title TO heading' ],
		after_columns => 'CREATE INDEX person_title ON person (title)',
		row => sub { return (title => "T$_[0]") },
		one_column('title', 'title', 'heading', sub { "T$_[0]" }),
	},

	widen => {
		columns => [ [ 'amount int NOT NULL DEFAULT 0', 'i' ] ],
		script => [ 'ALTER TABLE person ALTER COLUMN amount TYPE bigint' ],
		after_columns => 'ALTER TABLE person ADD CHECK (amount >= 0); CREATE INDEX person_amount ON person (amount DESC)',
		row => sub { return (amount => $_[0]) },
		one_column('amount', 'amount', 'amount', sub { $_[0] }),
	},

	# Some values do not convert: complete falls back, somebody repairs them
	retype => {
		columns => [ [ 'code text', "CASE WHEN i % 500 = 0 THEN 'x' ELSE i::text END" ] ],
		script => [ 'ALTER TABLE person ALTER COLUMN code TYPE bigint USING code::bigint' ],
		row => sub { return (code => $_[0] % 500 ? $_[0] : 0) },
		one_column('code', 'code', 'code', sub { $_[0] }),
		old => [ [ "code = '%v'", sub { $_[0]{code} = $_[1] } ] ],
		new => [ [ "code = '%v'", sub { $_[0]{code} = $_[1] } ] ],
		insert => { map { $_ => [ 'code', "'%v'", sub { $_[0]{code} = $_[1] } ] } qw(old new) },
		read => { old => "replace(code::text, 'x', '0')", new => "replace(code::text, 'x', '0')" },
		bad => "UPDATE person SET code = '0' WHERE code::text = 'x'",
	},

	# The same in a fill: it fails, or goes on without those rows
	quarantine => {
		columns => [ [ 'digits text NOT NULL', "CASE WHEN i % 700 = 0 THEN 'y' ELSE i::text END" ] ],
		script => [ 'ALTER TABLE person ADD COLUMN number bigint', 'UPDATE person SET number = digits::bigint' ],
		row => sub { return (digits => $_[0] % 700 ? $_[0] : 0) },
		one_column('digits', 'digits', 'digits', sub { $_[0] }),
		old => [ [ "digits = '%v'", sub { $_[0]{digits} = $_[1] } ] ],
		new => [ [ "digits = '%v', number = %v", sub { $_[0]{digits} = $_[1] } ] ],
		insert => { old => [ 'digits', "'%v'", sub { $_[0]{digits} = $_[1] } ], new => [ 'digits, number', "'%v', %v", sub { $_[0]{digits} = $_[1] } ] },
		read => { old => "replace(digits, 'y', '0')", new => "replace(digits, 'y', '0')" },
		bad => "UPDATE person SET digits = '0' WHERE digits = 'y'",
		final => [ 'number IS DISTINCT FROM digits::bigint' ],
	},

	constraint => {
		columns => [ [ 'mail text NOT NULL', "'E' || i" ], [ 'team int NOT NULL DEFAULT 1', '1 + i % 5' ] ],
		also => 'CREATE TABLE team (id int PRIMARY KEY); INSERT INTO team SELECT generate_series(1, 5)',
		script => [ 'ALTER TABLE person ADD CONSTRAINT person_mail_once UNIQUE (mail)', 'ALTER TABLE person ADD FOREIGN KEY (team) REFERENCES team',
			'ALTER TABLE person ADD CONSTRAINT person_touched CHECK (touched >= 0)' ],
		row => sub { return (mail => "E$_[0]") },
		one_column('mail', 'mail', 'mail', sub { "E$_[0]" }),
		unpartitioned => 1,
	},

	drop => {
		columns => [ [ 'gone text NOT NULL', "'G' || i" ] ],
		script => [ 'ALTER TABLE person DROP COLUMN gone' ],
		row => sub { return () },
		old => [ [ "gone = 'G%v'", sub { } ] ],
		new => [],
		insert => { old => [ 'gone', "'G%v'", sub { } ], new => [ '', '', sub { } ] },
		read => { old => "''", new => "''" },
		is => { old => sub { '' }, new => sub { '' } },
		reverse => [ 'gone', "'G' || id" ],
	},

	# A key and what refers to it
	key_type => {
		columns => [],
		id => 'int',
		unpartitioned => 1,
		after_columns => "CREATE TABLE note (person int REFERENCES person ON DELETE CASCADE, body text); CREATE INDEX ON note (person); INSERT INTO note SELECT id, 'n' FROM person",
		script => [ 'ALTER TABLE person ALTER COLUMN id TYPE bigint', 'ALTER TABLE note ALTER COLUMN person TYPE bigint' ],
		row => sub { return (notes => 1) },
		old => [],
		new => [],
		insert => { map { $_ => [ '', '', sub { $_[0]{notes} = 0 } ] } qw(old new) },
		read => { map { $_ => '(SELECT count(*) FROM note WHERE note.person = person.id)::text' } qw(old new) },
		is => { map { $_ => sub { $_[0]{notes} } } qw(old new) },
	},

	# A value of its own for each row, which is never given a second time
	volatile => {
		columns => [],
		script => [ 'ALTER TABLE person ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid()' ],
		row => sub { return (token => 'random') },
		old => [],
		new => [ [ "token = ('00000000-0000-0000-0000-' || lpad('%v', 12, '0'))::uuid", sub { $_[0]{token} = $_[1] } ] ],
		insert => { map { $_ => [ '', '', sub { $_[0]{token} = 'random' } ] } qw(old new) },
		read => { old => "''", new => "CASE WHEN token::text LIKE '00000000-0000-%' THEN right(token::text, 12)::bigint::text ELSE 'random' END" },
		is => { old => sub { '' }, new => sub { $_[0]{token} } },
		final => [ 'token IS NULL', 'token IN (SELECT token FROM %t GROUP BY token HAVING count(*) > 1)' ],
	},

	# Under both names until complete; last in the script
	table => {
		columns => [],
		table => 'people',
		script => [],
		row => sub { return () },
		old => [],
		new => [],
		insert => { map { $_ => [ '', '', sub { } ] } qw(old new) },
		read => { map { $_ => "''" } qw(old new) },
		is => { map { $_ => sub { '' } } qw(old new) },
	},

	index => {
		columns => [ [ 'tag int NOT NULL DEFAULT 0', 'i % 100' ] ],
		after_columns => 'CREATE INDEX person_old_tag ON person (tag)',
		script => [ 'CREATE INDEX person_tag ON person (tag, id)', 'DROP INDEX person_old_tag' ],
		row => sub { return (tag => $_[0] % 100) },
		one_column('tag', 'tag', 'tag', sub { $_[0] }),
	},
);

1;
