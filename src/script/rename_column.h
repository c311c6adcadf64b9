/*
 * rename_column.h
 *	  What there is to know about RENAME COLUMN: can both names be live, and what
 *	  has the second column to look like?
 */
#ifndef GRADUAL_RENAME_COLUMN_H
#define GRADUAL_RENAME_COLUMN_H

#include "script/rehearsal.h"

/*
 * Before the rename runs on the clone: raises what PostgreSQL would raise for
 * the real table, and notes the facts in the command.
 */
extern void gradual_rename_check(GradualRehearsal *rehearsal, const GradualRelation *relation,
								 const RenameStmt *rename);

/* After it ran there: the indexes under the new name, and the bridge. */
extern void gradual_rename_finish(GradualRehearsal *rehearsal, const GradualRelation *relation);

#endif							/* GRADUAL_RENAME_COLUMN_H */
