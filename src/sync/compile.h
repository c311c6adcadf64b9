/*
 * compile.h
 *	  From one group of the sync trigger's arguments to expressions that can be
 *	  evaluated over the rows of one relation.
 */
#ifndef GRADUAL_COMPILE_H
#define GRADUAL_COMPILE_H

#include "access/attnum.h"
#include "nodes/execnodes.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"

/*
 * An expression over a row; its Vars are read from ecxt_scantuple.
 *
 * The state of a total one is made once and for all.  Others may call functions
 * of users, whose privileges and caches belong to a role and a transaction.
 */
typedef struct GradualSyncExpression
{
	/* Info */
	Expr	   *expr;			/* planned; NULL = none was given */
	bool		total;			/* is known never to raise */

	/* State */
	ExprState  *state;
	LocalTransactionId transaction; /* not total: where 'state' is valid, */
	Oid			role;			/* and for whom */
	bool		busy;			/* being evaluated, or was when it raised */
} GradualSyncExpression;

/* What a group says about its column; see sync.h. */
typedef enum GradualSyncMode
{
	GRADUAL_SYNC_FILL,
	GRADUAL_SYNC_DEFAULT,
	GRADUAL_SYNC_REVERSE,
	GRADUAL_SYNC_SHADOW,
	GRADUAL_SYNC_STRICT,
	GRADUAL_SYNC_PAIR,
	GRADUAL_SYNC_FIRST,
	GRADUAL_SYNC_LAST
} GradualSyncMode;

#define GRADUAL_SYNC_IS_SHADOW(mode) \
	((mode) == GRADUAL_SYNC_SHADOW || (mode) == GRADUAL_SYNC_STRICT)
#define GRADUAL_SYNC_IS_PAIR(mode) ((mode) >= GRADUAL_SYNC_PAIR)

/* The arguments as they stand in the trigger. */
typedef struct GradualSyncText
{
	const char *column;
	const char *expression;		/* of a pair: the old column's name */
	const char *where;			/* '' = all rows */
	GradualSyncMode mode;
	const char *settings;		/* '; SET LOCAL ..', or '' */
} GradualSyncText;

/* A setting under which the expressions are evaluated */
typedef struct GradualSyncSetting
{
	char	   *name;
	char	   *value;
} GradualSyncSetting;

typedef struct GradualSyncColumn
{
	/* Info */
	GradualSyncMode mode;
	AttrNumber	attnum;			/* InvalidAttrNumber: there is none to fill */
	AttrNumber	partner;		/* of a pair: the column with the old name, */
	Oid			domain;			/* and its type, if that is a domain */
	bool		broken;			/* could not be compiled: all that is below is
								 * zero */
	bool		on_insert;		/* a new row is filled, if it has the preset */
	bool		on_change;		/* so is one of which a column that is read
								 * changes; not filled ones always are */

	/* Expressions */
	GradualSyncExpression value;
	GradualSyncExpression where;
	GradualSyncExpression preset;	/* the column's default; none = NULL */
	List	   *settings;		/* of GradualSyncSetting *, for value and
								 * where; NIL = they depend on none */

	/* Dependencies */
	int			nreads;
	AttrNumber *reads;			/* columns that 'value' reads, itself excluded */
	int			nwhere_reads;
	AttrNumber *where_reads;	/* the same of 'where' */
	List	   *invalidations;	/* of PlanInvalItem *: functions and domains */
} GradualSyncColumn;

/*
 * Fill in *column for a relation that the caller has locked.  Everything is
 * allocated in the current memory context.  Raises what PostgreSQL raises for
 * a text that is no expression over a row, or of the wrong type; *column is
 * valid only if it returns.
 */
extern void gradual_sync_compile(Relation relation, const GradualSyncText *group,
								 GradualSyncColumn *column);

#endif							/* GRADUAL_COMPILE_H */
