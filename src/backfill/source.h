/*
 * source.h
 *	  Where the rows of a batch come from: the interface that all sources share.
 *
 * next() finds the rows of one batch and says with which parameters the
 * statement is to run; the caller runs it and reports by applied() how many
 * rows it changed; position() is then the text to save in the same
 * transaction.  What a source keeps in memory is changed at once: after an
 * abort it has to be thrown away and opened again from the saved position.
 */
#ifndef GRADUAL_SOURCE_H
#define GRADUAL_SOURCE_H

#include "datatype/timestamp.h"

#include "backfill/apply.h"
#include "backfill/position.h"
#include "backfill/suspects.h"
#include "ledger/migration.h"
#include "ledger/step.h"

typedef enum GradualSourceOutcome
{
	GRADUAL_SOURCE_ROWS,		/* run the statement */
	GRADUAL_SOURCE_PASSED,		/* pages without a candidate went by */
	GRADUAL_SOURCE_WAIT,		/* nothing to do before wait_ms are over */
	GRADUAL_SOURCE_END			/* no row is left */
} GradualSourceOutcome;

/* What next() found.  In the memory context of the batch. */
typedef struct GradualSourceBatch
{
	GradualSourceOutcome outcome;
	GradualApply *apply;		/* with ROWS: the statement, */
	const Datum *values;		/* and its own parameters */
	bool		idle_triggers;	/* the leaf's have nothing to do */
	int			rows;			/* expected */
	double		wait_ms;		/* with WAIT */
	char	   *activity;
	char	   *event;			/* NULL = nothing for the audit log */
	bool		save;			/* the position moved too far to be lost */
} GradualSourceBatch;

/* What every source needs to know. */
typedef struct GradualSourceInfo
{
	const GradualStep *step;
	const GradualMigration *migration;	/* settings may change while open */
	const char *sql;			/* the statement */
	bool		foreground;
	TimestampTz now;			/* what now() means */
	Oid			root;			/* the table, */
	bool		with_children;	/* and those below it */
	List	   *leaves;			/* of GradualLeaf *, by number (known.h) */
	int			first_new;		/* number of the first one that came since the
								 * backfill was opened before */
	const GradualLeaf *stranger;	/* see known.h; NULL = there is none */
	const char *alias;			/* of the target, quoted */
	MemoryContext context;		/* of the backfill */
} GradualSourceInfo;

typedef struct GradualRowSource GradualRowSource;

typedef struct GradualSourceRoutine
{
	/* the snapshot of the batch is active; 'rows' and 'budget_ms' are limits */
	void		(*next) (GradualRowSource *source, int rows, double budget_ms,
						 GradualSourceBatch *batch);
	void		(*applied) (GradualRowSource *source, uint64 changed);
	void		(*chase) (GradualRowSource *source);	/* NULL = has none */
	/* set the rows of the batch that was aborted; NULL = cannot be divided */
	void		(*suspects) (GradualRowSource *source, GradualSuspects *suspects);
	/* leave out the one suspect that raised alone: where is it?  false = gone */
	bool		(*leave_out) (GradualRowSource *source, const GradualSuspects *row,
							  ItemPointer tid);

	/*
	 * where a range begins that leaves such a share of what is to be done in
	 * a leaf to the one before; NULL = nowhere.  The source can only be
	 * closed then.  Itself NULL = by blocks
	 */
	GradualPosition *(*begin_range) (GradualRowSource *source, int leaf_number, double share);
} GradualSourceRoutine;

/*
 * The head of every source.  One that sees that the leaves are not what they were
 * says so: it has to be opened again, after what it has done was saved.
 */
struct GradualRowSource
{
	const GradualSourceRoutine *routine;
	const GradualSourceInfo *info;
	GradualPosition *position;	/* always safe to save; in info->context */
	bool		reopen;
	int64		scanned;		/* rows seen, each once, since it was opened */
	int64		pages_done;		/* of the leaves, since the step began */
	int64		left;			/* rows that 'scanned' will still count; < 0 =
								 * not known */
	GradualSuspects *suspects;	/* to be tried before any other row, and
								 * counted by next(); NULL = none */
};

/* Open at a position. */
extern GradualRowSource *gradual_heap_open(const GradualSourceInfo *info, GradualPosition *position);
extern GradualRowSource *gradual_key_open(const GradualSourceInfo *info, GradualPosition *position);
extern GradualRowSource *gradual_direct_open(const GradualSourceInfo *info, GradualPosition *position);

#endif							/* GRADUAL_SOURCE_H */
