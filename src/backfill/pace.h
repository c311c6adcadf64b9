/*
 * pace.h
 *	  How many rows the next batch takes, from what the last ones took.  Pure.
 */
#ifndef GRADUAL_PACE_H
#define GRADUAL_PACE_H

typedef struct GradualPace
{
	/* Settings */
	int			fixed;			/* rows; 0 = adaptive */
	double		target;			/* ms of one transaction */

	/* State */
	int			rows;			/* of the next batch */
	double		cost;			/* ms a row, smoothed; 0 = nothing measured
								 * yet */
	int			learned;		/* batches that it has learned from, and the
								 * first */
	bool		doubted;		/* the last one was far off */
	int			ceiling;		/* after a lock timeout, until a batch
								 * succeeds; 0 = none */
} GradualPace;

/* saved: the size of the last batch before a restart; 0 = none */
extern void gradual_pace_init(GradualPace *pace, int fixed, double target, int saved);

/* Settings changed while running: what was measured stays valid. */
extern void gradual_pace_set(GradualPace *pace, int fixed, double target);

/* Rows that the next batch may take: at least 1. */
extern int	gradual_pace_rows(const GradualPace *pace);

/*
 * A batch of 'rows' rows took 'elapsed' ms, 'search' ms of it to find them.
 * Returns how much of it was work, as far as that can be told: waits are not.
 */
extern double gradual_pace_learn(GradualPace *pace, int64 rows, double elapsed, double search);

/* A batch ran into a lock: half as many rows, also of a fixed size. */
extern void gradual_pace_shrink(GradualPace *pace);

#endif							/* GRADUAL_PACE_H */
