/*
 * target.h
 *	  Is the table that a statement changes one whose rows can be visited one
 *	  by one?  Facts of the real table, which its clone does not show.
 */
#ifndef GRADUAL_TARGET_H
#define GRADUAL_TARGET_H

#include "nodes/parsenodes.h"

#include "script/script.h"

/* Sets why a change cannot run in batches; hint may be NULL.  The first reason stays. */
extern void gradual_target_refuse(GradualChange *change, char *why, char *hint);

/*
 * Sets change->not_batchable if the real table, or a partition of it, is no
 * plain heap table, has rules or row security, or may not be read by the
 * current role.  entry is the target in the query; written the names of the
 * columns that the statement changes.  Takes ACCESS SHARE on all partitions.
 * For a change that copies, 'table' is the source, which is only read.
 */
extern void gradual_target_check(GradualChange *change, const GradualTable *table,
								 const RangeTblEntry *entry, List *written);

/*
 * Sets change->not_batchable if the real table, a partition, or a child that the
 * script gives it, has no key for the key source that the statement leaves alone.
 */
extern void gradual_target_check_key(GradualChange *change, const GradualTable *table,
									 const RangeTblEntry *entry, List *written);

/* Have earlier statements, as the clone shows, taken away what the key source goes by? */
extern bool gradual_target_loses_key(const GradualChange *change, Relation clone,
									 List *written);

#endif							/* GRADUAL_TARGET_H */
