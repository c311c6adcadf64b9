/*
 * quarantine.h
 *	  Rows that a backfill leaves out, since each of them raised an error alone.
 */
#ifndef GRADUAL_BACKFILL_QUARANTINE_H
#define GRADUAL_BACKFILL_QUARANTINE_H

#include "backfill/leaf.h"
#include "backfill/tids.h"
#include "ledger/quarantine.h"

/*
 * Note the row at tid, with the error that it raised (sqlstate encoded), as the active snapshot
 * sees it.  In a transaction, as a role that may read the leaf.  False if it is
 * gone.
 */
extern bool gradual_quarantine_note(int32 migration, int step, const GradualLeaf *leaf,
									const ItemPointerData *tid, int sqlstate, const char *message);

/*
 * Where the row is now that a note is about: by its key, whatever else of it was
 * changed; without a key, by what it was, and then all of the leaf may be read.
 * False if it is gone.
 */
extern bool gradual_quarantine_find(const GradualQuarantined *row, const GradualLeaf *leaf,
									Relation rel, ItemPointer tid);

/* Where all rows of the leaf are that a step has quarantined, sorted. */
extern GradualTids *gradual_quarantine_places(int32 migration, int step,
											  const GradualLeaf *leaf, Relation rel);

#endif							/* GRADUAL_BACKFILL_QUARANTINE_H */
