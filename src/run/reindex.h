/*
 * reindex.h
 *	  REINDEX CONCURRENTLY, and what it leaves behind when it is interrupted.
 */
#ifndef GRADUAL_REINDEX_H
#define GRADUAL_REINDEX_H

#include "run/run.h"

/*
 * Ask for the next index to be dropped that the step's REINDEX has left: the tick is
 * TOP_LEVEL with it, or WAIT, and false is returned.  True when there is none.
 */
extern bool gradual_reindex_tidy(GradualRun *run, GradualStep *step, GradualTick *tick);

/*
 * A REINDEX, CONCURRENTLY or not, as it is to run: of a partitioned table or
 * index, one for each partition.  With the search_path of the migration, in the current
 * memory context.  To be tried again from the first one when it fails.
 */
extern char *gradual_reindex_commands(const char *command);

/*
 * Drop it concurrently, whoever owns it; no-op if it is none any more.  Outside a
 * transaction block, in a transaction without an XID; it is another one afterwards.
 * 'context' must survive that, and die with the caller's cycle.
 */
extern void gradual_reindex_drop(GradualRun *run, int step, Oid index, MemoryContext context);

/*
 * Between begin and end each relation that this session makes is noted in the
 * ledger, in the transaction that makes it.  Neither raises.
 */
extern void gradual_reindex_note_begin(GradualRun *run, int step);
extern void gradual_reindex_note_end(void);

#endif							/* GRADUAL_REINDEX_H */
