/*
 * tried.h
 *	  What a trial of a migration has found so far, and what it leaves out.
 */
#ifndef GRADUAL_TRIED_H
#define GRADUAL_TRIED_H

#include "ledger/migration.h"
#include "ledger/step.h"

typedef enum GradualTrialResult
{
	GRADUAL_TRIAL_SKIPPED,
	GRADUAL_TRIAL_OK,
	GRADUAL_TRIAL_PARTLY,		/* not all rows, or not to its end */
	GRADUAL_TRIAL_FAILED
} GradualTrialResult;

/* What came of a step. */
typedef struct GradualTrialStep
{
	const GradualStep *step;
	bool		tried;			/* false: the trial did not come so far */
	GradualTrialResult result;
	int64		rows;			/* changed */
	int64		left_out;		/* rows that would go to the quarantine */
	double		duration;		/* ms */
	double		held;			/* ms of its longest batch, or of all of it */
	char	   *locks;			/* NULL = none */
	char	   *finding;		/* NULL = nothing to say */
} GradualTrialStep;

typedef struct GradualTrial
{
	/* Info */
	int64		max_rows;		/* changed by a step, at most */
	double		max_time;		/* ms; its deadline is set by the caller */
	MemoryContext context;		/* of what is found */
	List	   *sequences;		/* drawn from (oids), before it began too */

	/* Result */
	List	   *steps;			/* of GradualTrialStep *, the whole plan */
	char	   *stopped;		/* why it came to no end; NULL = it did */
	bool		blocked;		/* since a table was locked by others: try
								 * again */
} GradualTrial;

/* 'ok', 'partly', 'failed', 'not rehearsed' */
extern const char *gradual_tried_result_name(GradualTrialResult result);

/* Add to a step's finding, in the trial's memory. */
extern void gradual_tried_find(const GradualTrial *trial, GradualTrialStep *one, const char *words);

/*
 * Why a step cannot be tried, NULL if it can; and has its table no more than
 * max_rows rows?  In a transaction; both count these rows, and no further, as the
 * migration's owner, and raise what that raises.
 */
extern char *gradual_tried_why_not(const GradualTrial *trial, const GradualTrialStep *one,
								   const GradualMigration *migration);
extern bool gradual_tried_is_small(const GradualTrial *trial, const GradualStep *step,
								   const GradualMigration *migration);

/* Does the step change nothing, and only count rows that will be in the way? */
extern bool gradual_tried_only_looks(const GradualStep *step);

/* The nearest step before it that is not as it would be; NULL if all are. */
extern const GradualTrialStep *gradual_tried_trouble(const GradualTrial *trial,
													 const GradualStep *step);

/* The deadline is over: that is what stopped it. */
extern void gradual_tried_stop(GradualTrial *trial);

#endif							/* GRADUAL_TRIED_H */
