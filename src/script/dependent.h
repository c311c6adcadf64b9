/*
 * dependent.h
 *	  What hangs on the keys of a real table, and which tables its foreign keys
 *	  refer to: clones have none of that.
 */
#ifndef GRADUAL_DEPENDENT_H
#define GRADUAL_DEPENDENT_H

#include "nodes/parsenodes.h"

#include "script/rehearsal.h"

/*
 * Before DROP CONSTRAINT, or DROP INDEX of an index that serves none, runs on a
 * clone: notes whether the script has dropped what depends on the real one, and
 * without CASCADE raises what PostgreSQL raises if it has left something.
 */
extern void gradual_dependent_check_constraint(GradualRehearsal *rehearsal,
											   const GradualRelation *relation,
											   const AlterTableCmd *command);
extern void gradual_dependent_check_index(GradualRehearsal *rehearsal,
										  const GradualRelation *index, DropBehavior behavior);

/*
 * Before DROP COLUMN without CASCADE: the same for the column and for the
 * constraints and indexes that go with it, and for those of tables below (of
 * GradualRelation *) that lose it too.
 */
extern void gradual_dependent_check_column(GradualRehearsal *rehearsal,
										   const GradualRelation *relation, List *below,
										   const AlterTableCmd *command);

/* Before DROP CONSTRAINT or DROP COLUMN: the other end of a foreign key is touched. */
extern void gradual_dependent_touch(GradualRehearsal *rehearsal, const GradualRelation *relation,
									const AlterTableCmd *command);

/*
 * A table with a foreign key to that column of the real relation, but for the
 * relation itself: one with rows, if there is any; NULL if there is none.  To any
 * column, where that is NULL, and the script has left it.
 */
extern GradualTable *gradual_dependent_referencing(GradualRehearsal *rehearsal,
												   const GradualRelation *relation,
												   const char *column);

/*
 * Before rows of a real table are deleted or updated: notes the tables that actions
 * of foreign keys (CASCADE, SET NULL) would change with them, over any number of keys.
 */
extern void gradual_dependent_reach(GradualRehearsal *rehearsal, Oid table);

#endif							/* GRADUAL_DEPENDENT_H */
