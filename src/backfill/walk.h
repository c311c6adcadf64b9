/*
 * walk.h
 *	  The state of the key source, shared by its files: key.c (a batch), walk.c
 *	  (leaves, passes, windows of keys), key_range.c (where ranges begin).
 */
#ifndef GRADUAL_WALK_H
#define GRADUAL_WALK_H

#include "base/spi.h"
#include "backfill/key_columns.h"
#include "backfill/source.h"

typedef struct GradualKeySource
{
	GradualRowSource base;
	List	   *assigned;		/* names of the columns that are set */
	bool		wants_chase;	/* asked for while a pass was at work */

	/* How far it goes */
	int			nleaves;		/* to this many of the leaves */
	int			stop_number;	/* in this one only up to the range's stop; -1
								 * = in none */

	/* The leaf at hand, which position->at is the number of */
	GradualLeaf *leaf;
	MemoryContext leaf_context;
	GradualKeyColumns *key;		/* NULL = not open */
	char	   *unfilled;		/* SQL: nobody has filled the row; NULL unless
								 * the step is chased */
	char	   *not_copied;		/* SQL: the row has no copy yet; NULL unless a
								 * trigger carries over what changes */
	GradualApply *first;		/* keys up to $1; made when needed */
	GradualApply *between;		/* keys above $1, up to $2 */
	int64		leaf_begun;		/* pages of it before the first row we counted */
	int64		leaf_scanned;	/* rows since then */
	List	   *milestones;		/* of List *: keys that ranges may begin above */

	/* The batch at hand, in its memory context */
	List	   *upper;
	bool		last;			/* of the leaf */
	int			rows;			/* 0 = none */
	GradualLeaf *rows_leaf;		/* of these rows */
	char	   *only;			/* the key in words, if it is one row */
} GradualKeySource;

/*
 * All in the backfill's transaction, with an active snapshot.  Results live in
 * the current memory context; what the position holds, in the backfill's.
 */

/* Where the walk goes on by the position, and how far. */
extern void gradual_walk_open(GradualKeySource *source);

/*
 * Open the leaf at hand, if it is not; false behind the last one, or if the source
 * has to be opened again first (base.reopen).
 */
extern bool gradual_walk_leaf(GradualKeySource *source);

/*
 * To the leaf with this number, as a pass comes to it, unless it is at hand.  Raises
 * 40001 if it is not what it was.
 */
extern void gradual_walk_to_leaf(GradualKeySource *source, int leaf_number);

/* The statement for keys up to $1, or with 'lower' above $1, up to $2. */
extern GradualApply *gradual_walk_apply(GradualKeySource *source, bool lower);

/* How far it goes before something else has to be decided. */
extern List *gradual_walk_limit(const GradualPosition *position);

/* ' WHERE ..' for the keys of (lower, upper] that belong to the part at hand; NIL = no limit. */
extern char *gradual_walk_where(GradualKeySource *source, GradualArgs *args,
								List *lower, List *upper);

/* The rows-th of them, NIL if there are fewer; and how many there are. */
extern List *gradual_walk_upper(GradualKeySource *source, List *lower, List *bound, int rows);
extern int64 gradual_walk_count(GradualKeySource *source, List *lower, List *upper);

/* The texts of a row of keys, which are its columns from 'first' on; NIL for no row. */
extern List *gradual_walk_texts(const GradualRow *row, int first);

/* A list of texts of the position becomes a copy of another one. */
extern void gradual_walk_replace(GradualKeySource *source, List **texts, List *with);

/* The next window begins; a part of it is done: false if that was all of the leaf. */
extern void gradual_walk_begin_window(GradualKeySource *source);
extern bool gradual_walk_end_part(GradualKeySource *source);

/* On to the next leaf, or pass, or done. */
extern void gradual_walk_end_leaf(GradualKeySource *source);
extern void gradual_walk_begin_pass(GradualKeySource *source);
extern void gradual_walk_end_pass(GradualKeySource *source);

#endif							/* GRADUAL_WALK_H */
