/*
 * rename_type.h
 *	  New names of what is not a relation.
 */
#ifndef GRADUAL_RENAME_TYPE_H
#define GRADUAL_RENAME_TYPE_H

#include "nodes/parsenodes.h"

#include "script/rehearsal.h"

/* False if it cannot be tried without locking a table. */
extern bool gradual_rename_object(GradualRehearsal *rehearsal, RenameStmt *rename);

/* RENAME or SET SCHEMA of the object by the server itself. */
extern void gradual_rename_for_real(GradualRehearsal *rehearsal, ObjectType type, Node *object,
									Node *statement);

/* Are there tables that have the columns of the composite type (OF)? */
extern bool gradual_rename_reaches_tables(GradualRehearsal *rehearsal, const RangeVar *type);

extern void gradual_rename_label(GradualRehearsal *rehearsal, const AlterEnumStmt *alter);

#endif							/* GRADUAL_RENAME_TYPE_H */
