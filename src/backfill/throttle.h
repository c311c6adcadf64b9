/*
 * throttle.h
 *	  Reasons to wait between batches.
 */
#ifndef GRADUAL_THROTTLE_H
#define GRADUAL_THROTTLE_H

#include "ledger/state.h"

/*
 * Why the next batch has to wait, in words ('throttled: throttle_query says
 * wait'), or NULL.  In a transaction of its own, as the owner, holding nothing.
 * Raises what the query raises: to the caller that is a reason, too.
 */
extern char *gradual_throttle_reason(void);

/* Is there a reason to ask at all?  Needs no transaction. */
extern bool gradual_throttle_wanted(void);

#endif							/* GRADUAL_THROTTLE_H */
