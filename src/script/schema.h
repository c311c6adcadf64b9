/*
 * schema.h
 *	  What a script names, with the facts about it that a recipe needs: tables,
 *	  columns and indexes, as the script has left them so far.  Plain data.
 */
#ifndef GRADUAL_SCHEMA_H
#define GRADUAL_SCHEMA_H

#include "nodes/pg_list.h"

#include "script/catalog.h"

/*
 * A column of which both shapes live until the swap: renamed, or given another
 * type.  What runs before the swap names the column that will be it afterwards.
 */
typedef struct GradualBridge
{
	char	   *name;			/* as the script has it from 'statement' on */
	char	   *physical;		/* the real table's column that will bear the
								 * name: the old one of a rename, the shadow
								 * of a new type */
	char	   *original;		/* the real table's column that it is the new
								 * shape of, and that is there until the swap */
	int			statement;		/* that renames or retypes it */
	bool		retyped;		/* it is the shadow of a new type */
	bool		visible;		/* both names can be read and written
								 * meanwhile, so rows may be changed by either */

	/* State of the rehearsal */
	char	   *now;			/* the name, as the script has left it so far */
	bool		outdated;		/* a later statement gives the column yet
								 * another shape, with a bridge of its own */
} GradualBridge;

/* A publication that the table, or a partition of it, is in without a column list. */
typedef struct GradualPublication
{
	char	   *publication;	/* quoted */
	char	   *member;			/* qualified: the table or partition */
	char	   *columns;		/* quoted: 'a, b': all that it shows */
	char	   *condition;		/* ' WHERE (..)'; '' = all rows */
} GradualPublication;

struct GradualStep;

/* A new name, or another schema, that the script gives to a relation. */
typedef struct GradualNaming
{
	int			statement;
	char		relkind;		/* of the relation itself: maybe an index */
	char	   *from;			/* quoted and qualified, as the script had it */
	char	   *to;
	char	   *name;			/* the new one, unquoted, without schema */
	char	   *back;			/* what undoes it: 'RENAME TO users' */
	bool		moves;			/* to another schema, with all its indexes */
	bool		of_schema;		/* it is its schema that is renamed */
	char	   *owner;			/* quoted; NULL: the migration's */
	char	   *no_view;		/* why no view can have the new name before
								 * the swap, in words; NULL = one can */
	struct GradualStep *step;	/* that does it (set by its recipe) */
} GradualNaming;

/* A table, view or index that the script names, as the script has left it so far. */
typedef struct GradualTable
{
	Oid			oid;			/* the real one; InvalidOid: the script
								 * creates it */
	char	   *qualified;		/* quoted and qualified: 'public.users'; as it
								 * is before the script, whatever that renames */
	char	   *name;			/* the same, not quoted */
	List	   *namings;		/* of GradualNaming *, in the script's order */
	char	   *row;			/* SQL that names a row of it, for people */
	char		relkind;
	bool		created;		/* by this script: needs no online path */
	bool		empty;			/* has no row: needs no online path either */
	bool		own_indexes;	/* a partition has an index that is no part of
								 * one above it, and that one may take in */
	bool		unlogged;		/* as the script has left it */
	bool		is_partition;
	bool		has_children;	/* that inherit from it and are no partitions */
	bool		inherits_not_null;	/* with what is above it */
	List	   *above;			/* of GradualTable *: real ones of the script
								 * that it is a child or partition of */
	bool		has_triggers;	/* of users, that fire on UPDATE; or a
								 * partition has */
	double		rows;			/* the planner's estimate, over all leaves */
	char	   *alien;			/* the table, or a leaf, that is no heap; or
								 * NULL */
	char	   *foreign;		/* the same, if it is a foreign table */
	int64		pages;			/* over all leaves */
	Oid			clone;			/* of the rehearsal; gone after it */
	List	   *columns;		/* of char *, not quoted: of the real table,
								 * before the script */
	List	   *added;			/* of GradualColumn *: columns this script
								 * adds */
	List	   *not_valid;		/* of char *, not quoted: constraints that are
								 * NOT VALID, which a fill of ours meets */
	List	   *bridges;		/* of GradualBridge *, the latest last */
	List	   *publications;	/* of GradualPublication *, see published.h */
	char	   *unhidable;		/* why an interim column cannot be kept from
								 * subscribers, in words; or NULL */
	struct GradualCarried *carried; /* columns that get another type beside
									 * the old one, and what hangs on them; or
									 * NULL */
} GradualTable;

/*
 * Does a statement on this table run as written, at once, wherever it stands?  Not
 * what takes something from the running application: to that a table without rows
 * may be a queue.
 */
#define GRADUAL_TABLE_AT_ONCE(table) ((table)->created || (table)->empty)

/* The sequence of a serial or identity column. */
typedef struct GradualSequence
{
	char	   *qualified;		/* the name it will have */
	char	   *schema;			/* quoted */
	char	   *name;			/* not quoted */
	char	   *type;
	char	   *options;		/* 'INCREMENT BY 1 MINVALUE 1 ..' */
	char	   *identity;		/* 'ALWAYS', 'BY DEFAULT'; NULL = serial */
	char	   *owner;			/* of the table, quoted, if that is another
								 * role than the current one; or NULL */
} GradualSequence;

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
	bool		assigned;		/* the script has written rows of it: no later
								 * UPDATE is its fill */
	struct GradualColumn *of;	/* it comes with that of the partitioned table
								 * above; or NULL */
	List	   *parts;			/* of GradualTable *: partitions in which
								 * alone an UPDATE of the script assigns it */
	bool		filled_below;	/* .. as a fill, in one of them */
	bool		fill_not_null;	/* that fill is provably not NULL for every
								 * row */
	bool		fill_late;		/* that fill comes so late that a NOT NULL has
								 * to wait for it (set by its recipe) */
	char	   *generated;		/* 'GENERATED ALWAYS AS (..) STORED'; or NULL */
	bool		computed;		/* .. when it is read: VIRTUAL (18) */
	GradualSequence *sequence;	/* serial or identity; or NULL */
	char	   *compression;	/* COMPRESSION that it was given; or NULL */
	char	   *storage;		/* STORAGE other than its type's; or NULL */
	bool		domain_constrained; /* of a domain that has constraints, or a
									 * volatile default: adding it rewrites */
} GradualColumn;

typedef struct GradualIndexFacts
{
	char	   *qualified;		/* the name it will have, or has */
	char	   *definition;		/* CREATE [UNIQUE] INDEX .. without
								 * CONCURRENTLY, all names qualified, on the
								 * real table (by pg_get_indexdef of the
								 * clone's) */
	char	   *physical;		/* the same with the physical names of bridged
								 * columns, for what runs before the swap;
								 * NULL if that cannot be written */
	bool		exists;			/* CREATE .. IF NOT EXISTS finds it; DROP
								 * INDEX: it is there */
	bool		created;		/* DROP INDEX of an index that the script made */
	char	   *constraint;		/* DROP INDEX: the constraint it serves; or
								 * NULL */
	char	   *last_used;		/* DROP INDEX: words for the note, '' if
								 * unknown */
	GradualTable *table;		/* the table it is on */
	char	   *duplicates;		/* CREATE UNIQUE INDEX: SQL for step->check,
								 * which rows it cannot be built over */
	char	   *duplicates_before;	/* the same before the swap */
} GradualIndexFacts;

/* A constraint that a command adds or names, read off the clone. */
typedef struct GradualConstraint
{
	struct GradualConstraint *physical; /* the same with the physical names of
										 * bridged columns; NULL = itself */
	char		type;			/* as pg_constraint has it: 'c', 'f', 'n', .. */
	char	   *name;			/* that it has, or will have: not quoted */
	char	   *schema;			/* of its table, quoted */
	char	   *schema_before;	/* the same before the script */
	List	   *columns;		/* of char *: of its own table, not quoted */
	char	   *definition;		/* 'CHECK ((a > 0))', everything qualified,
								 * without NOT VALID */
	bool		valid;			/* the script does not say NOT VALID */
	bool		period;			/* WITHOUT OVERLAPS, or of a PERIOD (18) */
	bool		can_wait;		/* it can be there without being valid */
	bool		only_deferrability; /* ALTER: whether, and when, it is
									 * deferred */
	bool		enforced;		/* it does not say NOT ENFORCED either (18) */
	char	   *violators;		/* SQL for step->check; NULL = none, or not
								 * possible */
	GradualTable *referenced;	/* of a foreign key */
	bool		has_parts;		/* it has parts that VALIDATE leaves invalid */
	List	   *leaves;			/* of char *, quoted and qualified: the
								 * partitions that rows are in, if it cannot
								 * be there without being valid */

	/* those with an index */
	bool		takes_index;	/* USING INDEX: one that is there already */
	bool		index_is_new;	/* and that the script creates */
	char	   *index_method;	/* 'USING btree (a) INCLUDE (b)' and so on */
	char	   *deferrability;	/* ' DEFERRABLE INITIALLY DEFERRED', or '' */
	List	   *nullable;		/* of char *: columns of a primary key that
								 * are not NOT NULL before it */
} GradualConstraint;

#endif							/* GRADUAL_SCHEMA_H */
