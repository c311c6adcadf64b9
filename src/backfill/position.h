/*
 * position.h
 *	  Where a backfill stands, as the text that the ledger keeps for it.
 */
#ifndef GRADUAL_POSITION_H
#define GRADUAL_POSITION_H

#include "nodes/pg_list.h"
#include "storage/block.h"

/*
 * All fields of all sources; one that a source does not use keeps its zero and
 * is not written.  Everything below (at, block) or (at, lower) is done, but for
 * what was missed.
 */
typedef struct GradualPosition
{
	char	   *source;			/* 'heap', 'index', 'key' or 'direct', as
								 * chosen at the start */
	bool		done;
	int			at;				/* number of the leaf, see known.h */
	char	   *leaf;			/* how it is called, quoted, qualified; NULL =
								 * it has not begun */
	List	   *missed;			/* of char *: leaves that were not there when
								 * the source came to them, or were taken away
								 * while it was at them */

	/* Heap */
	int			sweep;			/* from 1 */
	int			busy_sweeps;	/* finished ones that changed rows */
	uint32		file;			/* of leaf, that block belongs to */
	BlockNumber block;
	BlockNumber counted;		/* below it rows are in the cursor's scanned */
	BlockNumber end;			/* of leaf when the sweep came to it: rows
								 * behind it were moved there, or are new */
	int64		candidates;		/* of this sweep: rows picked */
	int64		changed;		/* rows changed */
	int64		held;			/* rows left because others held them */
	int64		refused;		/* rows picked that stayed as they were */
	bool		distrusted;		/* the marks are */

	/* Heap and key, a range: see divide.h */
	bool		range;
	int			stop_leaf;		/* ends before block stop_block, or with the
								 * key stop, of the leaf with this number,
								 * counted from 1; 0 = with the last one */
	BlockNumber stop_block;
	List	   *stop;			/* of char *: NIL = before the leaf */
	int64		skipped;		/* pages before its first one */

	/* Key */
	int			pass;			/* from 1; above: chases */
	bool		returned;		/* of the pass only what it missed is left */
	List	   *lower;			/* of char *: done up to here, of the part at
								 * hand; NIL = from the start */
	List	   *bound;			/* of char *: the highest key of this pass */
	int			parts;			/* a window of keys is read so often, each
								 * time another part of it is done (parts.h);
								 * 0 = all at once */
	int			part;			/* at hand, from 0 */
	List	   *from;			/* the window is above this; NIL = the start */
	List	   *window;			/* and up to this; NIL = the next one begins */

	/*
	 * Facts: what grows with the number of leaves, and hardly ever changes.
	 * Not part of the text.
	 */
	List	   *known;			/* of char *: the leaves, see known.h */
	List	   *marks;			/* of char *: the files whose rows carry the
								 * marker of proof ATTRIBUTES, those of the
								 * first leaves known */
	List	   *presets;		/* of char *: a column with a default, and
								 * what it held in all rows when it came; the
								 * next one, .. */
} GradualPosition;

extern char *gradual_position_encode(const GradualPosition *position);

/* Raises 22023 for a text that no version of ours has written. */
extern GradualPosition *gradual_position_decode(const char *text);

/* The same for the facts, a text of their own; NULL = there are none. */
extern char *gradual_position_encode_facts(const GradualPosition *position);
extern void gradual_position_decode_facts(GradualPosition *position, const char *text);

/* A list of texts as one text[] literal: exact, whatever they hold. */
extern char *gradual_position_join(List *texts);

#endif							/* GRADUAL_POSITION_H */
