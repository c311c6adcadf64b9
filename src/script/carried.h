/*
 * carried.h
 *	  ALTER COLUMN .. TYPE: what it does to a column, and what hangs on the
 *	  column that has to come along.  Plain data.
 *
 * Texts name the shadow: the column beside the old one that has the new type,
 * and in the swap takes its place.
 */
#ifndef GRADUAL_CARRIED_H
#define GRADUAL_CARRIED_H

#include "nodes/pg_list.h"

/* One column that gets another type. */
typedef struct GradualRetype
{
	char	   *column;			/* not quoted */
	char	   *original;		/* the same in the real table, which knows it
								 * by this name until the swap */
	char	   *type;			/* the new one, with modifier and COLLATE */
	char	   *old_type;
	bool		in_place;		/* a change of the catalog: no row, no index
								 * and no constraint is looked at */
	bool		widens;			/* what the running application does with the
								 * column works as before */
	bool		view_dropped;	/* a view that reads it is there, and the
								 * script drops it before */
	char	   *impossible;		/* why there is no online way, in words */

	/* Only if it is not in place, and the table has rows */
	char	   *shadow;			/* not quoted */
	char	   *expression;		/* over the row: the new value */
	bool		total;			/* .. which never raises */
	bool		unsteady;		/* .. and depends on settings, or changes */
	bool		shows_label;	/* .. and is made of the label of an enum that
								 * the script has renamed */
	bool		by_session;		/* may depend on settings: so also of what the
								 * server calls immutable */
	bool		moves;			/* columns stand behind it: where it will */
	bool		costs;			/* adding a column of the type writes all rows */
	bool		not_null;
	bool		unproved;		/* .. by a constraint that is NOT VALID (18) */
	char	   *not_null_name;	/* of its constraint; NULL before 18 */
	char	   *not_null_comment;	/* the same */
	bool		not_null_alone; /* it is NO INHERIT */
	char	   *default_expr;	/* as the server has converted it; or NULL */
	char	   *sequence;		/* qualified; that the column owns; or NULL */
	char	   *sequence_type;
	bool		identity;		/* .. as an identity column */
	List	   *hung;			/* of char *, not quoted: what hangs on the
								 * real column when the plan is made */
	char	   *state;			/* .. and what else is said about that one */
	List	   *options;		/* of char *: statistics target and the like */

	/* State of the rehearsal */
	Oid			old_type_id;
	int32		old_modifier;
	bool		rewrites;
	char		generated;		/* as in pg_attribute.attgenerated */
	char	   *indexes_before;
} GradualRetype;

typedef struct GradualCarriedIndex
{
	char	   *name;			/* not quoted */
	char	   *interim;		/* the same of the one over the shadow */
	bool		created;		/* by an earlier statement, which leaves it to
								 * us: it has its name from the start, unless
								 * another one has it until the swap */
	char	   *schema;			/* quoted */
	char	   *rest;			/* of its CREATE INDEX: 'USING btree (..)' */
	bool		unique;
	char	   *constraint;		/* 'PRIMARY KEY', 'UNIQUE'; NULL = no
								 * constraint */
	char	   *deferrable;		/* '', ' DEFERRABLE', .. */
	char	   *tablespace;		/* not quoted; NULL = the default */
	char	   *comment;		/* of the constraint */
	bool		replica_identity;
	List	   *shadows;		/* of char *: those that it names */
} GradualCarriedIndex;

typedef struct GradualCarriedCheck
{
	char	   *name;			/* not quoted, as below */
	char	   *interim;
	char	   *definition;		/* 'CHECK (..)' */
	bool		valid;
	char	   *comment;
	List	   *shadows;		/* of char * */
} GradualCarriedCheck;

typedef struct GradualCarriedStatistics
{
	char	   *name;
	char	   *schema;			/* quoted */
	char	   *interim;
	char	   *definition;		/* CREATE STATISTICS of the interim one */
	List	   *afterwards;		/* of char *: target, owner, comment */
	List	   *shadows;		/* of char * */
} GradualCarriedStatistics;

/* What hangs on the columns of one table that get another type. */
typedef struct GradualCarried
{
	List	   *retypes;		/* of GradualRetype * */
	List	   *indexes;		/* of GradualCarriedIndex * */
	List	   *checks;			/* of GradualCarriedCheck * */
	List	   *statistics;		/* of GradualCarriedStatistics * */
	char	   *entangled;		/* a constraint that the script adds between
								 * the changes of two of its columns; or NULL */
} GradualCarried;

struct GradualTable;

/* A foreign key of which one end, or both, get another type. */
typedef struct GradualCarriedKey
{
	struct GradualTable *table;
	struct GradualTable *referenced;
	bool		created;		/* by the script */
	char	   *name;			/* not quoted, as below */
	char	   *interim;
	char	   *definition;		/* 'FOREIGN KEY (..) REFERENCES ..', once all
								 * new types of the script are known */
	bool		valid;
	bool		partitioned;	/* one of the tables is: it has parts, with
								 * names of their own */
	bool		has_parts;		/* .. that VALIDATE leaves invalid */
	List	   *leaves;			/* of char *, quoted and qualified: partitions
								 * of table, if it cannot be NOT VALID itself */
	List	   *shadows;		/* of char *: in table, and */
	List	   *referenced_shadows; /* .. in the other one */

	/* State of the rehearsal */
	List	   *columns;		/* of char *, not quoted */
	List	   *referenced_columns;
	List	   *delete_columns; /* that ON DELETE sets, if not all */
	char	   *before_delete;	/* parts of the definition */
	char	   *on_delete;
	char	   *after_delete;
	bool		impossible;		/* to be made beside the old one */
	bool		goes;			/* a later statement drops it with a column */
} GradualCarriedKey;

#endif							/* GRADUAL_CARRIED_H */
