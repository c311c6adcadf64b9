/*
 * partition_key.h
 *	  What the partition keys of real tables below a table forbid: its clone has none
 *	  below it, so the server would say so only when the statement runs.
 */
#ifndef GRADUAL_PARTITION_KEY_H
#define GRADUAL_PARTITION_KEY_H

#include "script/rehearsal.h"

/* Raises what PostgreSQL raises if the column is to be altered, or dropped, and part of one. */
extern void gradual_partition_key_keep(GradualRehearsal *rehearsal, const GradualRelation *relation,
									   const char *column, bool drop);

/* The same if a unique index, or a constraint, over the columns (char *) lacks some of one. */
extern void gradual_partition_key_cover(GradualRehearsal *rehearsal, const GradualRelation *relation,
										List *columns, bool primary);

#endif							/* GRADUAL_PARTITION_KEY_H */
