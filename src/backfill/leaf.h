/*
 * leaf.h
 *	  The tables that hold the rows of a statement's target: itself, or its
 *	  partitions and children, one after another.
 */
#ifndef GRADUAL_LEAF_H
#define GRADUAL_LEAF_H

#include "nodes/pg_list.h"
#include "storage/lockdefs.h"
#include "utils/relcache.h"

typedef struct GradualLeaf
{
	Oid			oid;
	char	   *schema;
	char	   *name;
	char	   *qualified;		/* quoted */
	int64		pages;			/* when the list was made */
	double		rows;			/* the planner's estimate */
	LOCKMODE	lock;			/* that its rows are found under */
} GradualLeaf;

/*
 * All leaves (GradualLeaf *) of root in the order of their names, which a dump
 * keeps.  with_children: as a statement without ONLY sees it.  Takes the lock
 * on each: ROW EXCLUSIVE, or ACCESS SHARE if they are only read.  Raises 0A000
 * for a leaf that is not an ordinary heap table.
 */
extern List *gradual_leaves(Oid root, bool with_children, LOCKMODE lock);

/* The first leaf at or after 'qualified' in that order, its position or -1. */
extern int	gradual_leaf_position(List *leaves, const char *qualified);

/*
 * How many of the leaves come before a range's end, that in which it ends
 * included: *nleaves.  Returns the number of that one, or -1 if it ends inside none:
 * 'inside' says whether it was made to, and a leaf that is gone it ends before the
 * next one.  stop_leaf NULL = with the last one.
 */
extern int	gradual_leaves_stop(List *leaves, const char *stop_leaf, bool inside, int *nleaves);

/*
 * The leaf, locked for the rest of the transaction.  Raises 55000 if it is gone,
 * 40001 if it has another name now: then the leaves have to be found again.
 */
extern Relation gradual_leaf_open(const GradualLeaf *leaf);

/* Sums over all leaves. */
extern int64 gradual_leaves_pages(List *leaves);
extern int64 gradual_leaves_pages_before(List *leaves, int number);
extern double gradual_leaves_rows(List *leaves);

/*
 * The file that this leaf's rows lie in, not 0: changes with each rewrite, and
 * when the table is restored or copied to another database or server.
 */
extern uint32 gradual_leaf_file(Relation rel);

/* The same as a text, for proof ATTRIBUTES. */
extern char *gradual_leaf_mark(Relation rel);

/*
 * A position in the order of names is right only while a leaf keeps its name.
 * 'names' (char *) tell by which one each leaf was known; returns them with those
 * of leaves that are new, in the current memory context.  Raises 55000 for a leaf
 * that was renamed.
 */
extern List *gradual_leaves_learn_names(List *leaves, List *names);

#endif							/* GRADUAL_LEAF_H */
