/*
 * pace.c
 *	  The size of batches follows the clock.
 *
 * The time of a transaction is the time for which its row locks are held, so
 * the target is a latency, not a throughput: larger batches are not faster.
 * The first batch is small, since nothing is known about the cost of a row;
 * from the second one on the measured cost decides, and a slow batch counts
 * more than a fast one.
 */
#include "postgres.h"

#include <math.h>

#include "backfill/pace.h"

#define FIRST_ROWS	50
#define MIN_ROWS	1
#define MAX_ROWS	100000
#define MAX_GROWTH	4.0			/* from one batch to the next */

static int
clamp_rows(double rows)
{
	if (!(rows > MIN_ROWS))
		return MIN_ROWS;
	return rows > MAX_ROWS ? MAX_ROWS : (int) rows;
}

void
gradual_pace_init(GradualPace *pace, int fixed, double target, int saved)
{
	memset(pace, 0, sizeof(*pace));
	pace->rows = saved > 0 ? clamp_rows(saved) : FIRST_ROWS;
	gradual_pace_set(pace, fixed, target);
}

void
gradual_pace_set(GradualPace *pace, int fixed, double target)
{
	pace->fixed = fixed > 0 ? clamp_rows(fixed) : 0;
	pace->target = target > 0 ? target : 1;
}

int
gradual_pace_rows(const GradualPace *pace)
{
	int			rows = pace->fixed > 0 ? pace->fixed : pace->rows;

	return pace->ceiling > 0 ? Min(rows, pace->ceiling) : rows;
}

void
gradual_pace_learn(GradualPace *pace, int64 rows, double elapsed)
{
	double		cost;
	double		wanted;
	double		weight;

	if (rows <= 0)
		return;
	pace->ceiling = 0;

	/*
	 * A batch that ran out of rows before it ran out of time says more about
	 * its fixed costs than about those of a row.
	 */
	if (rows < pace->rows / 2 && elapsed <= pace->target)
		return;

	cost = Max(elapsed, 0.001) / rows;
	weight = cost > pace->cost ? 0.6 : 0.3;
	pace->cost = pace->cost > 0 ? pace->cost + weight * (cost - pace->cost) : cost;
	wanted = pace->target / pace->cost;
	pace->rows = clamp_rows(Min(wanted, pace->rows * MAX_GROWTH));
}

void
gradual_pace_shrink(GradualPace *pace)
{
	pace->ceiling = Max(gradual_pace_rows(pace) / 2, MIN_ROWS);
	if (pace->fixed == 0)
		pace->rows = pace->ceiling;
}
