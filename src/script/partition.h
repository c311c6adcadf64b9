/*
 * partition.h
 *	  What ATTACH PARTITION would have to look at, and find, under lock.
 */
#ifndef GRADUAL_PARTITION_H
#define GRADUAL_PARTITION_H

#include "script/rehearsal.h"

/*
 * Run ATTACH PARTITION on the clones and note in the command's facts what there
 * is to prove on the real tables before.
 */
extern void gradual_partition_attach(GradualRehearsal *rehearsal, GradualRelation *parent,
									 AlterTableStmt *alter, AlterTableCmd *command,
									 void (*run) (GradualRehearsal *rehearsal,
												  const GradualRelation *relation,
												  const AlterTableStmt *alter,
												  AlterTableCmd *command));

/*
 * Do the constraints of a real table say that its rows are in, or out of, the
 * bounds of a partition, which may be a clone?
 */
extern bool gradual_partition_is_proved(GradualRehearsal *rehearsal, Oid real, Oid partition,
										bool out);

/* The default partition, perhaps one with rows that the script has attached; or NULL. */
extern GradualRelation *gradual_partition_default(GradualRehearsal *rehearsal,
												  const GradualRelation *parent);

#endif							/* GRADUAL_PARTITION_H */
