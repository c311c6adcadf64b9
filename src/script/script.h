/*
 * script.h
 *	  What a script says, checked: its statements, the commands that they
 *	  consist of, and every fact that a recipe needs, gathered here so that
 *	  recipes and plan can stay pure (no catalog, no SPI, no lock).
 */
#ifndef GRADUAL_SCRIPT_H
#define GRADUAL_SCRIPT_H

#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"

#include "ledger/step.h"

/* A table, view or index that the script names, as the script has left it so far. */
typedef struct GradualTable
{
	Oid			oid;			/* the real one; InvalidOid: the script
								 * creates it */
	char	   *qualified;		/* quoted and qualified: 'public.users' */
	char	   *name;			/* as it stands, not quoted */
	char	   *row;			/* SQL that names a row of it, for people */
	char		relkind;
	bool		created;		/* by this script: needs no online path */
	bool		empty;			/* has no row: needs no online path either */
	double		rows;			/* reltuples over all leaves; 0 if unknown */
	int64		pages;			/* over all leaves */
	Oid			clone;			/* of the rehearsal; gone after it */
	List	   *clone_of_leaves;	/* reserved for partitions */
	List	   *added;			/* of GradualColumn *: columns this script
								 * adds */
	bool		user_before_triggers;	/* BEFORE ROW triggers of users */
	bool		acted_on;		/* a command acts on it; else it is only read */
} GradualTable;

/* Does a statement on this table run as written, at once, wherever it stands? */
#define GRADUAL_TABLE_AT_ONCE(table) ((table)->created || (table)->empty)

/* A column, read off the clone after the command ran there. */
typedef struct GradualColumn
{
	char	   *name;			/* not quoted */
	char	   *type;			/* with modifier and COLLATE: 'character
								 * varying(20) COLLATE "C"' */
	char	   *default_expr;	/* qualified text; NULL = none */
	bool		default_volatile;
	bool		not_null;
	bool		existed;		/* IF NOT EXISTS, and it was there */
	int			statement;		/* that adds it */
	bool		filled;			/* an UPDATE of the script assigns it (set by
								 * the first such statement) */
	int			filled_by;		/* its statement number */
	bool		assigned;		/* an UPDATE of the script assigns it, a fill
								 * or not: no later one is its fill */
	bool		fill_not_null;	/* that fill is provably not NULL for every
								 * row */
	bool		generated;		/* GENERATED ALWAYS AS (..) */
	bool		identity;
	bool		serial;			/* serial, bigserial, smallserial */
	bool		domain_constrained; /* of a domain that has constraints, or a
									 * volatile default: adding it rewrites */
	bool		has_constraint; /* inline CHECK, REFERENCES, UNIQUE, PRIMARY
								 * KEY */
} GradualColumn;

typedef struct GradualIndexFacts
{
	char	   *qualified;		/* the name it will have, or has */
	char	   *definition;		/* CREATE [UNIQUE] INDEX .. without
								 * CONCURRENTLY, all names qualified, on the
								 * real table (by pg_get_indexdef of the
								 * clone's) */
	bool		exists;			/* CREATE .. IF NOT EXISTS finds it; DROP
								 * INDEX: it is there */
	bool		created;		/* DROP INDEX of an index that the script made */
	char	   *constraint;		/* DROP INDEX: the constraint it serves; or
								 * NULL */
	char	   *last_used;		/* DROP INDEX: words for the note, '' if
								 * unknown */
	GradualTable *table;		/* the table it is on */
} GradualIndexFacts;

/*
 * One assignment 'column = expression' of a fill, for the sync trigger: texts
 * over the row's own columns, every function, type and operator qualified.
 */
typedef struct GradualAssignment
{
	char	   *column;
	char	   *expression;
} GradualAssignment;

/* What change.c found out about an UPDATE or DELETE (reference: DESIGN 5.3, 5.4). */
typedef struct GradualChange
{
	bool		is_delete;
	char	   *not_batchable;	/* why not, in words; NULL = batchable */
	char	   *hint;			/* for not_batchable */
	GradualSource source;		/* heap or key */
	GradualProof proof;
	char	   *proof_column;
	char	   *reason;			/* why this source, in words, for the note */
	bool		row_pure;		/* SET and WHERE read the row's own columns
								 * only, and no volatile function */
	bool		volatile_values;	/* SET calls a function that gives another
									 * value each time: once a row, no more */
	bool		fill;			/* assigns only columns that this script adds
								 * and no earlier statement filled */
	List	   *assigns;		/* of char *: names of assigned columns */
	List	   *assignments;	/* of GradualAssignment *, if the trigger can
								 * do it */
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
} GradualChange;

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
	char	   *previous_default;	/* SET/DROP DEFAULT: text before, or NULL */
	char	   *new_default;	/* SET DEFAULT: text, from the clone */
	bool		rewrites;		/* the clone got a new relfilenode */
	bool		scans;			/* VALIDATE, inline CHECK .. by its kind */
	GradualIndexFacts *index;	/* CREATE INDEX, DROP INDEX (one command an
								 * index) */
	GradualChange *change;		/* UPDATE, DELETE */
	bool		noop;			/* IF [NOT] EXISTS, and there is nothing to do */
	bool		refreshable;	/* REFRESH MATERIALIZED VIEW: CONCURRENTLY
								 * works */
	List	   *reads;			/* of GradualTable *: that it reads rows of */
	List	   *touches;		/* of GradualTable *: others that its DDL
								 * locks: referenced tables, parents */
} GradualCommand;

typedef struct GradualStatement
{
	struct GradualScript *script;
	int			number;			/* from 1 */
	int			location;		/* byte offset in the script */
	char	   *sql;			/* its own text, without the semicolon */
	Node	   *node;			/* raw parse tree, untouched */
	const char *tag;			/* 'ALTER TABLE' */
	List	   *commands;		/* of GradualCommand * */
	List	   *settings;		/* SETs in effect before it, as 'SET LOCAL ..' */
	bool		dropped;		/* BEGIN, COMMIT, SET: no command of its own */
} GradualStatement;

typedef struct GradualScript
{
	char	   *text;
	char	   *search_path;
	List	   *statements;		/* of GradualStatement * */
	List	   *tables;			/* of GradualTable *, all that it names but
								 * catalogs */
	int			direct_pages;	/* as the caller's setting has it */
	bool		allow_blocking;
	int			unrehearsed;	/* the statement where the rehearsal ended
								 * since it does not know the form: from it on
								 * commands have no facts.  0 = none */
} GradualScript;

/*
 * Parse only: split into statements, and refuse what no script may hold
 * (COPY FROM STDIN, SAVEPOINT, PREPARE TRANSACTION, DISCARD, RESET ALL, SET
 * SESSION AUTHORIZATION, SET ROLE, psql backslashes, nothing at all), with the
 * statement's number and position.  BEGIN and COMMIT are dropped with a NOTICE
 * if 'notice'.  No catalog access.  Raises PostgreSQL's own syntax errors.
 */
extern GradualScript *gradual_script_parse(const char *text, const char *search_path, bool notice);

/*
 * Rehearse: run every statement on structural clones in pg_temp, in a
 * subtransaction that is always rolled back, and fill in tables, commands and
 * facts.  Takes ACCESS SHARE on the real tables and nothing stronger.  To be
 * called as the migration's owner, with search_path already set to the
 * script's, in a transaction.  Raises PostgreSQL's own errors with the number
 * of the statement in the context and the position in the script.
 */
extern void gradual_script_rehearse(GradualScript *script);

/* The refusal of a form, the same words everywhere: 0A000 with the statement's number. */
extern void gradual_script_refuse(const GradualStatement *statement,
								  const char *form, const char *why,
								  const char *hint);

#endif							/* GRADUAL_SCRIPT_H */
