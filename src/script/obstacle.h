/*
 * obstacle.h
 *	  Why a column can get no other type beside its old one.
 *
 * In the transaction of a rehearsal.  Both give words, or NULL if there is a way.
 */
#ifndef GRADUAL_OBSTACLE_H
#define GRADUAL_OBSTACLE_H

#include "script/rehearsal.h"

/* What is known before anything that hangs on the column is gathered. */
extern char *gradual_obstacle_of_column(GradualRehearsal *rehearsal,
										const GradualRelation *relation,
										const GradualRetype *retype);

/* What hangs on the column, in the table or in a partition, and cannot be carried over. */
extern char *gradual_obstacle_of_table(GradualRehearsal *rehearsal,
									   const GradualRelation *relation,
									   const GradualRetype *retype);

#endif							/* GRADUAL_OBSTACLE_H */
