/*
 * command.h
 *	  What a script says: its statements, the commands that they consist of, and
 *	  what was found out about each.  Plain data, gathered by the rehearsal so
 *	  that recipes and plan can stay pure.
 */
#ifndef GRADUAL_COMMAND_H
#define GRADUAL_COMMAND_H

#include "catalog/objectaddress.h"
#include "nodes/parsenodes.h"

#include "ledger/step.h"
#include "script/carried.h"
#include "script/schema.h"

/*
 * One assignment 'column = expression' of a fill, for the sync trigger: texts
 * over the row's own columns, every function, type and operator qualified.
 */
typedef struct GradualAssignment
{
	char	   *column;
	char	   *expression;
} GradualAssignment;

/* What copy.c found out about an INSERT .. SELECT. */
typedef struct GradualCopy
{
	GradualTable *source;		/* whose rows the batches go through */
	char	   *walks;			/* as the SELECT calls it, not quoted */
	char	   *not_carried;	/* why a trigger cannot carry later changes of
								 * the source over, in words; NULL = it can */
	List	   *key;			/* of char *: where the source's key goes, not
								 * quoted; NIL = nowhere */
	bool		unique;			/* the target holds such a key once, beside
								 * the constants that the statement copies */
	bool		indexed;		/* the target has an index to find it by */
} GradualCopy;

/*
 * What change.c found out about an UPDATE or DELETE, and copy.c about an INSERT
 * .. SELECT (reference: DESIGN 5.3, 5.4).
 */
typedef struct GradualChange
{
	bool		is_delete;
	char	   *not_batchable;	/* why not, in words; NULL = batchable */
	char	   *hint;			/* for not_batchable */
	GradualSource source;		/* heap or key */
	GradualProof proof;
	char	   *proof_column;
	List	   *keys;			/* of char *, not quoted: the indexes of the
								 * table by which a key source can go */
	char	   *reason;			/* why this source, in words, for the note */
	bool		fill;			/* assigns only columns that this script adds
								 * and no earlier statement filled */
	List	   *assigns;		/* of char *: names of assigned columns */
	List	   *assignments;	/* of GradualAssignment *, if the trigger can
								 * do it */
	bool		spares_keys;	/* it gives no column another value to which a
								 * foreign key could refer */
	char	   *where;			/* over the row's own columns; NULL = all
								 * rows, or (then assignments is NIL) not
								 * possible */
	bool		not_null;		/* every assigned expression is provably not
								 * NULL */
	bool		spares_no_null; /* WHERE is true of every row that has a NULL
								 * in an assigned column: with not_null, no
								 * NULL is left */
	double		est_rows;		/* by the planner, on the real table's
								 * statistics */
	bool		by_index;		/* .. which finds them by an index */
	struct GradualChange *after_swap;	/* the same for a run after the swap,
										 * where no trigger follows, and keys
										 * that the script drops are gone;
										 * itself if nothing differs */
	bool		unsteady;		/* what it computes depends on settings of the
								 * session, or on the clock */
	bool		late;			/* it runs after the swap (set by its recipe) */
	bool		untriggered;	/* a partition can have no trigger for it,
								 * since a table above or below has one (set
								 * by trigger.c) */
	GradualCopy *copy;			/* INSERT .. SELECT; else NULL */
} GradualChange;

/* What DROP takes away. */
typedef struct GradualDrop
{
	bool		existed;		/* something of it was there before the script */
	List	   *tables;			/* of GradualTable *: real relations with a
								 * lock of their own that go */
	List	   *sequences;		/* of char *: qualified names of those that go */
	List	   *owners;			/* of GradualTable *: .. that would go with a
								 * column of these */
	List	   *others;			/* of GradualTable *: that stay, but are
								 * locked: of a trigger, at the other end of a
								 * foreign key, parents */
	List	   *names;			/* of char *, not quoted: of all that goes */
	char	   *along;			/* what CASCADE takes along, in words; NULL =
								 * nothing */
} GradualDrop;

/* SELECT setval(..), and nothing else that could change anything. */
typedef struct GradualSetval
{
	List	   *sequences;		/* of char *, not quoted: their names */
	char	   *qualified;		/* of one of them */
	bool		existed;		/* one of them was there before the script */
	bool		looks;			/* the value follows from tables or sequences */
	List	   *locked;			/* of GradualTable *: that it reads, and that
								 * the owner may lock */
	List	   *scanned;		/* of GradualTable *: .. not only at the end
								 * of an index */
	GradualPhase phase;			/* not earlier: a later statement gives a
								 * column the sequence then (set by its
								 * recipe) */
} GradualSetval;

/* An index that a second column needs as the first one has it. */
typedef struct GradualTwinIndex
{
	char	   *name;			/* of the first column's, not quoted */
	char	   *schema;			/* quoted */
	GradualTable *table;		/* that it is on: perhaps a partition only */
	bool		unique;			/* .. at once, so that upserts can name it */
	char	   *rest;			/* of its CREATE INDEX: ' ON t USING ..' */
} GradualTwinIndex;

/* A trigger of a user with UPDATE OF the first column. */
typedef struct GradualListener
{
	char	   *name;			/* not quoted */
	char	   *table;			/* quoted, qualified: a partition, or all */
	bool		constraint;
	char	   *enabled;		/* 'DISABLE', 'ENABLE ALWAYS'; NULL = as new */
	char	   *before;			/* CREATE OR REPLACE as it is */
	char	   *head;			/* of that, up to the columns */
	char	   *rest;			/* what follows the columns: ' ON t ..' */
} GradualListener;

/* RENAME COLUMN. */
typedef struct GradualRename
{
	char	   *from;
	char	   *to;
	bool		original;		/* the real table has the column, and rows;
								 * all below is about such ones */
	char	   *not_bridged;	/* why both names cannot be live, in words;
								 * NULL = they can */
	char	   *type;			/* of the second column; no domain that has
								 * constraints */
	char	   *default_expr;	/* if it is not volatile; or NULL */
	bool		default_volatile;
	bool		generated;		/* and stored: it cannot be written */
	bool		before_triggers;	/* of users, BEFORE each row that is
									 * written */
	List	   *grants;			/* of char *: GRANT .. for the second column */
	List	   *listeners;		/* of GradualListener * */
	List	   *indexes;		/* of GradualTwinIndex * */
} GradualRename;

/* ATTACH PARTITION. */
typedef struct GradualAttach
{
	GradualTable *partition;
	GradualTable *below;		/* one with rows that the script has attached
								 * to it before; or NULL */
	bool		unproved_below; /* .. and not all of those are known to fit */
	char	   *in_bounds;		/* condition for its rows that is not proved;
								 * NULL = is */
	GradualTable *other;		/* the default partition; NULL = none */
	char	   *out_of_bounds;	/* condition for the rows of that one that is
								 * not proved; NULL = is */
	List	   *columns;		/* of char *, not quoted: that these two name */
	bool		scans;			/* its rows, whatever is proved before: it is
								 * the default one */
	bool		builds;			/* indexes of the partition */
	bool		foreign_keys;	/* of the partitioned table, to be checked */
} GradualAttach;

/* A type or function that is called otherwise until the swap. */
typedef struct GradualObjectNaming
{
	ObjectAddress object;
	char	   *before;			/* quoted, qualified: until the swap */
	char	   *after;			/* the same, as the script has left it */
	char	   *name;			/* an enum of the script that is called
								 * 'before' since another type has its name
								 * until then: that, not quoted; else NULL */
} GradualObjectNaming;

struct GradualScript;
struct GradualStatement;

/* One thing to do: a whole statement, or one subcommand of ALTER TABLE. */
typedef struct GradualCommand
{
	struct GradualStatement *statement;
	Node	   *node;			/* AlterTableCmd *, else the statement's own
								 * node */
	GradualTable *table;		/* that it acts on; NULL = none */
	char	   *column;			/* ALTER COLUMN, ADD COLUMN: not quoted */
	GradualColumn *added;		/* ADD COLUMN */
	bool		column_not_null;	/* ALTER COLUMN: was NOT NULL before the
									 * command */
	bool		column_unproved;	/* .. by a constraint that is NOT VALID
									 * (18) */
	bool		column_inherits;	/* SET NOT NULL: it is, from a parent
									 * alone (18) */
	bool		sets_expression;	/* ALTER COLUMN SET EXPRESSION (17) */
	bool		column_relaxable;	/* DROP COLUMN: its NOT NULL can be
									 * dropped by itself */
	bool		column_shared;	/* DROP COLUMN: a constraint or unique index
								 * over other columns too goes with it */
	List	   *below;			/* DROP COLUMN: of GradualTable *, of the
								 * script, that lose it with their parent */
	char	   *reverse;		/* DROP COLUMN: what gives it its value in
								 * rows that are written before; or NULL */
	char	   *takes_along;	/* DROP: words for what goes with it, or NULL */
	char	   *mentioned;		/* RENAME, DROP: functions whose text names
								 * the table or column; or NULL */
	char	   *previous_default;	/* SET/DROP DEFAULT: text before, or NULL */
	char	   *new_default;	/* SET DEFAULT: text, from the clone */
	char	   *physical_default;	/* the same for what runs before the swap */
	GradualRetype *retype;		/* ALTER COLUMN TYPE */
	bool		crosses_bridge; /* ADD CONSTRAINT: its texts can name the
								 * physical columns of bridges */
	bool		rewrites;		/* the clone got a new relfilenode */
	GradualIndexFacts *index;	/* CREATE INDEX, DROP INDEX (one command an
								 * index) */
	GradualChange *change;		/* UPDATE, DELETE */
	bool		upserts_key;	/* INSERT .. ON CONFLICT DO UPDATE of columns
								 * to which a foreign key could refer */
	bool		shows_label;	/* a change of rows: it makes a text, say, of
								 * an enum with a label that the script has
								 * renamed */
	GradualAttach *attach;
	GradualDrop *drop;			/* DROP, but of indexes */
	GradualRename *rename;		/* RENAME COLUMN */
	GradualSequence *sequence;	/* ALTER COLUMN .. IDENTITY */
	GradualSetval *setval;		/* SELECT that only sets sequences; or NULL */
	GradualPhase phase;			/* ADD COLUMN, ENABLE TRIGGER, SET DEFAULT, ..
								 * IDENTITY: when it runs (set by its recipe) */
	List	   *frees;			/* of char *: names of constraints that go
								 * with what it drops */
	char	   *makes;			/* SET NOT NULL: the name that the server
								 * chooses for its constraint (18); or NULL */
	List	   *constraints;	/* of GradualConstraint *: that it adds, or
								 * validates, or alters */
	bool		noop;			/* IF [NOT] EXISTS, and there is nothing to do */
	bool		replaces_own;	/* CREATE OR REPLACE VIEW: one of the script */
	bool		adds_column;	/* .. and it has more columns than before */
	bool		stays_wide;		/* .. and nothing can take them away again,
								 * since others depend on it */
	bool		refreshable;	/* REFRESH MATERIALIZED VIEW: CONCURRENTLY
								 * works */
	List	   *reads;			/* of GradualTable *: that it reads rows of */
	bool		freed;			/* DROP, SET UNLOGGED: something depended on
								 * it that the script has dropped or changed
								 * before */
	bool		drops_own_reference;	/* a foreign key of the table to
										 * itself goes */
	List	   *touches;		/* of GradualTable *: others that its DDL
								 * locks: referenced tables, parents */
	List	   *reached;		/* of Oid: real tables whose rows go or change
								 * with those that it deletes or updates */
	GradualNaming *naming;		/* RENAME, SET SCHEMA of a relation */
	GradualObjectNaming *object_naming; /* RENAME, SET SCHEMA, CREATE of such
										 * a one */
	GradualTable *checks;		/* whose rows its DDL goes through under lock:
								 * a default partition, one to be attached */
	bool		bound_taken;	/* CREATE TABLE, ATTACH PARTITION: a partition
								 * that there is has of its bounds, which an
								 * earlier statement may take away */
	GradualTable *searches;		/* DETACH PARTITION: .. for those that refer
								 * to the partition; or NULL */
} GradualCommand;

/* Where a statement's text names a table or view. */
typedef struct GradualSpot
{
	GradualTable *table;
	int			location;		/* byte offset in the script; negative: not
								 * known */
	bool		aliased;		/* an alias is written after it */
} GradualSpot;

typedef struct GradualStatement
{
	struct GradualScript *script;
	int			number;			/* from 1 */
	int			location;		/* byte offset in the script */
	char	   *sql;			/* its own text, without the semicolon */
	Node	   *node;			/* raw parse tree, untouched */
	const char *tag;			/* 'ALTER TABLE' */
	List	   *commands;		/* of GradualCommand * */
	List	   *spots;			/* of GradualSpot *, real tables only */
	List	   *settings;		/* SETs in effect before it, as 'SET LOCAL ..' */
	bool		dropped;		/* BEGIN, COMMIT, SET: no command of its own */
	struct GradualUnless *unless;	/* that of the DO block in which it stood;
									 * or NULL */
} GradualStatement;

#endif							/* GRADUAL_COMMAND_H */
