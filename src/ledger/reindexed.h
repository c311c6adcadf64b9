/*
 * reindexed.h
 *	  The indexes that a step's REINDEX CONCURRENTLY makes, and what is left of
 *	  them when it did not come to its end.  All rules of ledger.h hold.
 */
#ifndef GRADUAL_REINDEXED_H
#define GRADUAL_REINDEXED_H

/*
 * A relation is being made, in the transaction that makes it.  Fenced: raises if
 * another worker has taken over, and then it is not made.
 */
extern void gradual_reindexed_add(int32 migration, int64 fence, int step, Oid relation);

/*
 * One that is left over, to be dropped; InvalidOid if there is none.  Only what the
 * step itself made is, and what it put aside; while REINDEX runs that too, so the
 * answer holds for who has the table locked against it.
 */
extern Oid	gradual_reindexed_left(int32 migration, int step);
extern bool gradual_reindexed_is_left(int32 migration, int step, Oid index);

/* Nothing is left: what comes now is another attempt. */
extern void gradual_reindexed_forget(int32 migration, int step);

#endif							/* GRADUAL_REINDEXED_H */
