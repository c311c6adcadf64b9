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
	Oid			oid;			/* InvalidOid = it is not there now */
	Oid			root;			/* that it is a leaf of; InvalidOid = nobody
								 * cares */
	char	   *schema;
	char	   *name;
	char	   *qualified;		/* quoted */
	int64		pages;			/* when the list was made */
	double		rows;			/* the planner's estimate */
	LOCKMODE	lock;			/* that its rows are found under */
	bool		known;			/* it has its number: see known.h */
} GradualLeaf;

/*
 * All leaves (GradualLeaf *) of root in the order of their names, which a dump
 * keeps.  with_children: as a statement without ONLY sees it.  Takes the lock
 * on each: ROW EXCLUSIVE, or ACCESS SHARE if they are only read.  Raises 0A000
 * for a leaf that is not an ordinary heap table.
 */
extern List *gradual_leaves(Oid root, bool with_children, LOCKMODE lock);

/* Does root have other leaves by now?  Locks none.  Needs an active snapshot. */
extern bool gradual_leaves_differ(List *leaves, Oid root, bool with_children);

/* The number of the leaf in the list, or -1. */
extern int	gradual_leaf_number(List *leaves, Oid oid);

/*
 * How many of the leaves come before a range's end, that in which it ends
 * included: *nleaves.  Returns the number of that one, or -1 if it ends inside none:
 * 'inside' says whether it does.  stop_leaf: counted from 1, 0 = with the last one.
 */
extern int	gradual_leaves_stop(List *leaves, int stop_leaf, bool inside, int *nleaves);

/*
 * 55000 if row security hides rows of the leaf from the current user: a backfill would
 * pass over them as if they were done, a look for a row as if it were gone.
 */
extern void gradual_leaf_refuse_hidden(const GradualLeaf *leaf);

/*
 * The leaf, locked for the rest of the transaction; NULL if it is gone, has another
 * name now, or is no leaf of its root any more: then the leaves have to be found
 * again.  The other one raises 40001 instead.  Both raise 55000 if the root itself
 * is gone, or rows are hidden.
 */
extern Relation gradual_leaf_try_open(const GradualLeaf *leaf);
extern Relation gradual_leaf_open(const GradualLeaf *leaf);

/* Are all that were there still what they were?  Then they are locked from here on. */
extern bool gradual_leaves_stand(List *leaves);

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

#endif							/* GRADUAL_LEAF_H */
