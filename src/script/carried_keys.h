/*
 * carried_keys.h
 *	  The foreign keys between columns that get another type.
 */
#ifndef GRADUAL_CARRIED_KEYS_H
#define GRADUAL_CARRIED_KEYS_H

#include "script/carried.h"
#include "script/rehearsal.h"

/*
 * After a column of the clone got another type: remember which foreign keys the
 * tables of such columns have by now.
 */
extern void gradual_carried_keys_note(GradualRehearsal *rehearsal);

/* At the end of the script: the foreign keys between all those columns. */
extern void gradual_carried_keys_gather(GradualRehearsal *rehearsal);

/* Has the script left a foreign key of a real table alone? */
extern bool gradual_carried_key_is_there(GradualRehearsal *rehearsal, Oid table,
										 const char *constraint);

#endif							/* GRADUAL_CARRIED_KEYS_H */
