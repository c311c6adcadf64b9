/*
 * persistence.h
 *	  SET LOGGED and SET UNLOGGED, which no temporary clone can show.
 */
#ifndef GRADUAL_PERSISTENCE_H
#define GRADUAL_PERSISTENCE_H

#include "script/rehearsal.h"

/*
 * Raises what PostgreSQL raises if a publication or a foreign key is in the way; notes
 * what the table is from here on, and whether the command has nothing to do.
 */
extern void gradual_persistence_set(GradualRehearsal *rehearsal, const GradualRelation *relation,
									bool unlogged);

#endif							/* GRADUAL_PERSISTENCE_H */
