/*
 * undoing.h
 *	  A step is taken back.
 */
#ifndef GRADUAL_UNDOING_H
#define GRADUAL_UNDOING_H

#include "run/run.h"

/*
 * One tick's part of it, in the tick's transaction: true when nothing of the step
 * is left, and the ledger says so; false when the tick's outcome says how it goes
 * on.  What other steps had done that goes with it is undone, too.  Takes the locks
 * of the undo's commands; raises what these raise.
 */
extern bool gradual_undoing_step(GradualRun *run, GradualStep *step, GradualTick *tick);

#endif							/* GRADUAL_UNDOING_H */
