/*
 * retype.h
 *	  Rehearsing ALTER COLUMN .. TYPE.
 */
#ifndef GRADUAL_RETYPE_H
#define GRADUAL_RETYPE_H

#include "script/carried.h"
#include "script/rehearsal.h"

/*
 * Before the subcommand runs on the clone: raises what PostgreSQL raises for
 * what depends on the real column and is not on the clone.
 */
extern GradualRetype *gradual_retype_begin(GradualRehearsal *rehearsal,
										   const GradualRelation *relation,
										   const AlterTableStmt *alter,
										   const AlterTableCmd *command);

/* After it: the rest of the facts. */
extern void gradual_retype_end(GradualRehearsal *rehearsal, GradualRelation *relation,
							   GradualRetype *retype);

#endif							/* GRADUAL_RETYPE_H */
