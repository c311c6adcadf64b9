/*
 * wait.h
 *	  Waiting for a migration without holding a snapshot.
 */
#ifndef GRADUAL_WAIT_H
#define GRADUAL_WAIT_H

#include "fmgr.h"

#include "ledger/state.h"

/*
 * Refuse to run where the transaction cannot be ended between looks: in a
 * transaction block or a function (2D000, with a hint).
 */
extern void gradual_wait_require_top_level(FunctionCallInfo fcinfo, const char *call);

/*
 * Wait until the last request is fulfilled; milliseconds < 0 = no limit.  SPI
 * must be connected non-atomically.  Returns ready, completed or rolled_back once
 * no worker is at it; raises on every other end, and 57014 when the time is over.
 */
extern GradualStatus gradual_wait_until_done(const char *name, double milliseconds);

#endif							/* GRADUAL_WAIT_H */
