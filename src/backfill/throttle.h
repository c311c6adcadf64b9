/*
 * throttle.h
 *	  Reasons to wait between batches: the signals that are looked at.
 */
#ifndef GRADUAL_THROTTLE_H
#define GRADUAL_THROTTLE_H

#include "access/xlogdefs.h"

#include "ledger/migration.h"

/* What the signals remember from one look to the next; zeroed at first. */
typedef struct GradualThrottle
{
	XLogRecPtr	wal_from;		/* end of the WAL at wal_since */
	double		wal_since;		/* 0 = not measured yet */
} GradualThrottle;

typedef struct GradualSignal
{
	const char *setting;		/* 'gradual.max_replica_lag' */

	/* Does the setting ask for it?  Needs no transaction. */
	bool		(*is_set) (void);

	/*
	 * Why the next batch has to wait, in words with value and limit ('replica
	 * s1 12 s behind, gradual.max_replica_lag is 10s'); NULL if it need not.
	 * In a transaction of its own, holding nothing.  Raises an error if the
	 * signal cannot be read, which to the caller is a reason, too.
	 */
	char	   *(*read) (const GradualMigration *migration, GradualThrottle *throttle);
} GradualSignal;

/* All of them, in the order in which they are shown. */
extern const GradualSignal gradual_signals[];
extern const int gradual_signal_count;

#endif							/* GRADUAL_THROTTLE_H */
