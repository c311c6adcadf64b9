/*
 * pace.c
 *	  The size of batches follows the clock.
 *
 * The time of a transaction is the time for which its row locks are held, so
 * the target is a latency, not a throughput: larger batches are not faster.
 *
 * The first batch is small, and its time says little: plans are made, caches are
 * empty.  The second one gives the cost of a row, and from then on batches take
 * the time that they should.  A slow batch counts more than a fast one, unless it
 * stands alone and is far off: that is a wait for a lock or a disk, not the rows.
 */
#include "postgres.h"

#include <math.h>

#include "backfill/pace.h"

#define FIRST_ROWS	50
#define MIN_ROWS	1
#define MAX_ROWS	100000
#define MAX_GROWTH	32.0		/* from one batch to the next */
#define FAR_OFF		3.0			/* times what was expected */
#define SOON		4			/* batches until the cost is smoothed */

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
	if (pace->cost > 0)
		pace->rows = clamp_rows(pace->target / pace->cost);
}

int
gradual_pace_rows(const GradualPace *pace)
{
	int			rows = pace->fixed > 0 ? pace->fixed : pace->rows;

	return pace->ceiling > 0 ? Min(rows, pace->ceiling) : rows;
}

/* Does the time of this batch say anything about its rows? */
static bool
is_telling(GradualPace *pace, int64 rows, double elapsed, double search)
{
	double		expected = Max(pace->cost * rows, pace->target);
	bool		was_doubted = pace->doubted;

	if (pace->learned == 0 && elapsed <= FAR_OFF * pace->target)
	{
		pace->learned++;
		return false;
	}

	/*
	 * A batch that ran out of rows before it ran out of time says more about
	 * its fixed costs, and its search, than about those of a row.
	 */
	if (rows < pace->rows / 2 && elapsed - search <= pace->target)
		return false;
	pace->doubted = pace->cost > 0 && elapsed > FAR_OFF * expected;
	return was_doubted || !pace->doubted;
}

double
gradual_pace_learn(GradualPace *pace, int64 rows, double elapsed, double search)
{
	double		cost;
	double		weight;

	if (rows <= 0)
		return Min(elapsed, pace->target);
	pace->ceiling = 0;
	if (!is_telling(pace, rows, elapsed, search))
		return Min(elapsed, Max(pace->target, pace->cost * rows));

	cost = Max(elapsed, 0.001) / rows;
	weight = cost > pace->cost ? 0.6 : 0.3;
	pace->cost = pace->learned++ < SOON ? cost : pace->cost + weight * (cost - pace->cost);
	pace->rows = clamp_rows(Min(pace->target / pace->cost, pace->rows * MAX_GROWTH));
	return elapsed;
}

void
gradual_pace_shrink(GradualPace *pace)
{
	pace->ceiling = Max(gradual_pace_rows(pace) / 2, MIN_ROWS);
	if (pace->fixed == 0)
		pace->rows = pace->ceiling;
}
