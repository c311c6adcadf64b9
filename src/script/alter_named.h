/*
 * alter_named.h
 *	  Subcommands of ALTER TABLE of which only the names are checked.
 */
#ifndef GRADUAL_ALTER_NAMED_H
#define GRADUAL_ALTER_NAMED_H

#include "script/rehearsal.h"

/*
 * Is it one of those?  Raises what PostgreSQL raises for a name that is not there,
 * or may not be given.
 */
extern bool gradual_alter_named(GradualRehearsal *rehearsal, GradualRelation *relation,
								const AlterTableCmd *command);

#endif							/* GRADUAL_ALTER_NAMED_H */
