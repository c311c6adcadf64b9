/*
 * carry_plan.h
 *	  The statements that carry changes of a table over to its copy, made from
 *	  the INSERT .. SELECT that copies it.
 */
#ifndef GRADUAL_CARRY_PLAN_H
#define GRADUAL_CARRY_PLAN_H

#include "executor/spi.h"
#include "utils/relcache.h"

/* What is read for a column of the copy, or for all of it */
typedef struct GradualCarrySet
{
	bool		reads_all;		/* any change counts, else that of one of
								 * these */
	int			nreads;
	AttrNumber *reads;
} GradualCarrySet;

typedef struct GradualCarry
{
	/* Info */
	Oid			owner;			/* of the migration: as whom it runs */
	char	   *search_path;
	List	   *settings;		/* of char *: those of its step, if what it
								 * computes depends on any */
	char	   *source;			/* 'public.users', for messages */
	Oid			tables[2];		/* that and its copy */

	/* The relation that the trigger fires on */
	int			count;			/* columns of the key */
	AttrNumber *key;
	Oid		   *types;
	GradualCarrySet all;		/* that the copy depends on in any way */
	bool		harmless;		/* nothing in the copy can refuse a change */
	int			nset;			/* columns of the copy that follow the row,
								 * without those of its key */
	GradualCarrySet *set;

	/* Plans; $1.. is a key of the source */
	SPIPlanPtr	insert;			/* unless the row has its copy, or is none of
								 * those that are copied */
	SPIPlanPtr	update;			/* behind the key, of each of 'set' whether it
								 * is to be set; NULL = nothing but the key is
								 * copied */
	SPIPlanPtr	move;			/* $1.. the old key, behind it the new one;
								 * NULL = the key cannot be changed */
	SPIPlanPtr	respell;		/* the same where the two keys are equal,
								 * written in another way */
	SPIPlanPtr	remove;			/* if the row is gone, or none of those */
	SPIPlanPtr	remove_all;		/* the same for every row */
	SPIPlanPtr	lock;			/* the row, against changes */

	/* State */
	bool		stale;			/* to be made anew at its next use */
	LocalTransactionId used;	/* the last transaction that did */
	MemoryContext context;		/* holds all of this */
} GradualCarry;

/*
 * Make the plans for a trigger on a relation: on the table that a statement of a
 * migration copies, or a partition of it.  They live as long as the session.  To
 * be called within SPI.
 *
 * Raises 39P01 if that migration carries no such table, and whatever PostgreSQL
 * has against the statements.
 */
extern GradualCarry *gradual_carry_make(Relation relation, int32 migration, int statement);

#endif							/* GRADUAL_CARRY_PLAN_H */
