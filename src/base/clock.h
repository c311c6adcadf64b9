/*
 * clock.h
 *	  How long something takes or is ago, whatever is done to the time of day.
 *
 * An administrator, or a machine that was asleep, may set the clock back by an
 * hour: a wait that compares times of day would last that hour longer.
 */
#ifndef GRADUAL_CLOCK_H
#define GRADUAL_CLOCK_H

#include "portability/instr_time.h"

/* Milliseconds since some moment of the past, of this process alone; never 0. */
static inline double
gradual_clock_ms(void)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	return INSTR_TIME_GET_MILLISEC(now);
}

/* Sleep, or until the latch is set.  Raises if the session is cancelled. */
extern void gradual_clock_sleep(long milliseconds);

#endif							/* GRADUAL_CLOCK_H */
