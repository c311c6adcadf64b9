/*
 * new_column.h
 *	  What only the real table tells of a column that the script adds.
 */
#ifndef GRADUAL_NEW_COLUMN_H
#define GRADUAL_NEW_COLUMN_H

#include "nodes/parsenodes.h"

#include "script/rehearsal.h"

/*
 * Before ADD COLUMN runs on the clone: raises what PostgreSQL raises for a
 * partition, for ONLY, and for a table without room, and refuses what leaves no
 * room for columns of ours.
 */
extern void gradual_new_column_check(GradualRehearsal *rehearsal, const GradualRelation *relation,
									 const AlterTableStmt *alter, const ColumnDef *definition);

#endif							/* GRADUAL_NEW_COLUMN_H */
