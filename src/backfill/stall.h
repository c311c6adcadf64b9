/*
 * stall.h
 *	  No page has room because the MVCC horizon does not move: wait for it, say
 *	  who holds it, and in the end do without.
 */
#ifndef GRADUAL_STALL_H
#define GRADUAL_STALL_H

#include "utils/relcache.h"

#include "backfill/source.h"

/* Zeroed = nothing stalls. */
typedef struct GradualStall
{
	double		since;			/* gradual_clock_ms(); 0 = not stalled */
	double		asked;			/* when the holder was looked up */
	char		holder[160];
	bool		plain;			/* rows need not fit, until the horizon passes */
	TransactionId plain_xid;	/* this transaction */
} GradualStall;

/* Rows were found, or pages became done. */
extern void gradual_stall_over(GradualStall *stall);

/*
 * Nothing moves: put into *out how long to wait and for whom; or, after two
 * seconds (at once in the foreground), go on plainly.
 */
extern void gradual_stall_wait(GradualStall *stall, bool foreground, const char *table,
							   GradualSourceBatch *out);

/* Are rows to be changed whether they fit or not?  Until the horizon has moved. */
extern bool gradual_stall_is_plain(GradualStall *stall, Relation rel);

#endif							/* GRADUAL_STALL_H */
