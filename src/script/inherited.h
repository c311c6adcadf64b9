/*
 * inherited.h
 *	  What tables below get from a statement about their parent: columns, defaults,
 *	  CHECK constraints, names.
 */
#ifndef GRADUAL_INHERITED_H
#define GRADUAL_INHERITED_H

#include "nodes/parsenodes.h"

#include "script/rehearsal.h"

/*
 * A subcommand, not with ONLY, ran on the clone: so it does on those of the tables
 * below, also where they are made later.  Raises what PostgreSQL would.
 */
extern void gradual_inherited_alter(GradualRehearsal *rehearsal, const GradualRelation *relation,
									const AlterTableCmd *command);

/* The same for RENAME COLUMN and RENAME CONSTRAINT. */
extern void gradual_inherited_rename(GradualRehearsal *rehearsal, const GradualRelation *relation,
									 const RenameStmt *rename);

/* The default of a clone's column, which may name other clones; NULL = none. */
extern char *gradual_inherited_default(Oid clone, const char *column);

#endif							/* GRADUAL_INHERITED_H */
