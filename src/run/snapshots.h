/*
 * snapshots.h
 *	  Waiting for transactions that see the database as it was.
 */
#ifndef GRADUAL_SNAPSHOTS_H
#define GRADUAL_SNAPSHOTS_H

#include "run/run.h"

/*
 * Are all transactions over that had a snapshot when the step began?  Else the
 * tick's outcome is WAIT, with one of them in its activity.  Raises 55000 when
 * lock_patience is over; in the foreground at once.
 */
extern bool gradual_snapshots_gone(GradualRun *run, GradualStep *step, GradualTick *tick);

#endif							/* GRADUAL_SNAPSHOTS_H */
