/*
 * sequence.h
 *	  The sequence that comes with a serial or identity column.
 */
#ifndef GRADUAL_SCRIPT_SEQUENCE_H
#define GRADUAL_SCRIPT_SEQUENCE_H

#include "script/rehearsal.h"

/*
 * What the clone's column got, under the name that it will have, which its
 * constraints in the script may say; NULL = none.  From now on the script may name it.
 */
extern GradualSequence *gradual_sequence_of_column(GradualRehearsal *rehearsal,
												   const GradualRelation *relation,
												   const char *column,
												   const List *constraints);

/* The same for all columns of a table that the script creates of these elements. */
extern void gradual_sequence_created(GradualRehearsal *rehearsal,
									 const GradualRelation *relation, const List *elements);

/*
 * That of a column which was there before the script: the clone's stands for the
 * real one, which the script may name, and drop with its table.
 */
extern void gradual_sequence_pair(GradualRehearsal *rehearsal, const GradualRelation *relation,
								  const char *column);

/* The sequence that goes with a column of a relation which has a clone; NULL = none. */
extern GradualRelation *gradual_sequence_owned(GradualRehearsal *rehearsal,
											   const GradualRelation *relation,
											   const char *column);

/* A default, as deparsed now, with the names that sequences have after the script so far. */
extern char *gradual_sequence_respell(const GradualRehearsal *rehearsal, char *expression);

#endif							/* GRADUAL_SCRIPT_SEQUENCE_H */
