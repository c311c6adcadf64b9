/*
 * preview.h
 *	  What the changes of rows in a script do to a few of them.
 */
#ifndef GRADUAL_PREVIEW_H
#define GRADUAL_PREVIEW_H

#include "commands/trigger.h"
#include "nodes/parsenodes.h"

#include "script/rehearsal.h"

/* A row that a statement changes. */
typedef struct GradualPreviewRow
{
	int			statement;
	char	   *key;			/* '(id)=(7)'; NULL = it has no primary key */
	char	   *before;			/* JSON; NULL = the statement inserts it */
	char	   *after;			/* JSON; NULL = it deletes it */
} GradualPreviewRow;

/* The state of a preview: a rehearsal on clones that have rows. */
typedef struct GradualPreview
{
	const GradualScript *script;	/* rehearsed before, without rows */
	GradualSample sample;
	List	   *rows;			/* of GradualPreviewRow * */
	int			statement;		/* that runs now, and shows its rows; or 0 */
	int			shown;			/* so many of its rows */
	MemoryContext context;		/* of rows */
} GradualPreview;

/* What the statements of a rehearsed script want to see, so many rows each. */
extern GradualPreview *gradual_preview_make(const GradualScript *script, int rows);

/* Before the names of an INSERT .. SELECT are redirected: its source needs a clone. */
extern void gradual_preview_source(GradualRehearsal *rehearsal);

/*
 * Run an INSERT, UPDATE, DELETE or MERGE that has been redirected, on the
 * clones, and keep the rows of those that a migration runs in batches.
 */
extern void gradual_preview_run(GradualRehearsal *rehearsal, const RawStmt *raw);

/* The row trigger that sees them; raises 0A000 if no preview is under way. */
extern void gradual_preview_see(const TriggerData *trigger);

/* Whatever came of it, no statement runs any more. */
extern void gradual_preview_end(void);

#endif							/* GRADUAL_PREVIEW_H */
