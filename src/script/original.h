/*
 * original.h
 *	  What PostgreSQL checks on a real relation and cannot check on its clone,
 *	  which has no parents, no siblings and no sequence of its own.
 */
#ifndef GRADUAL_ORIGINAL_H
#define GRADUAL_ORIGINAL_H

#include "nodes/parsenodes.h"

#include "script/rehearsal.h"

typedef enum GradualConstraintUse
{
	GRADUAL_DROPS_CONSTRAINT,
	GRADUAL_RENAMES_CONSTRAINT,
	GRADUAL_VALIDATES_CONSTRAINT
} GradualConstraintUse;

/*
 * A column that a parent has as well, as the script has left both, is not dropped, nor
 * made nullable, nor, in a partition, an identity column, alone.
 */
extern void gradual_original_check_inherited(GradualRehearsal *rehearsal,
											 const GradualRelation *relation,
											 const AlterTableCmd *command, bool inherited);

/*
 * Nor is a constraint (inherited: a CHECK is); and with ONLY it is not renamed or
 * validated above its children.
 */
extern void gradual_original_check_constraint(GradualRehearsal *rehearsal,
											  const GradualRelation *relation,
											  const char *name, GradualConstraintUse use,
											  bool only, bool inherited);

/*
 * There is such an index of the table, and it can be its replica identity, or,
 * if identity is false, the order of CLUSTER.
 */
extern void gradual_original_check_index(GradualRehearsal *rehearsal,
										 const GradualRelation *relation, const char *name,
										 bool identity);

/* The new partition, of the bound as written, does not overlap another. */
extern void gradual_original_check_bound(GradualRehearsal *rehearsal,
										 const GradualRelation *parent, const char *name,
										 PartitionBoundSpec *bound);

/*
 * Has it the access method of that name, which no statement before changes?  No name,
 * from 17 on, is the one that the setting names; for a table with partitions it is none.
 */
extern bool gradual_original_has_access_method(GradualRehearsal *rehearsal,
											   const GradualRelation *relation,
											   const char *name);

/* The owner of an identity column's sequence stays. */
extern void gradual_original_check_owned_by(const GradualRelation *sequence, List *options);

#endif							/* GRADUAL_ORIGINAL_H */
