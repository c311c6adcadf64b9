/*
 * key_types.h
 *	  Do the types at both ends of a foreign key still fit?
 */
#ifndef GRADUAL_KEY_TYPES_H
#define GRADUAL_KEY_TYPES_H

#include "script/rehearsal.h"

/*
 * After an ALTER TABLE gave the column another type on the clone, where foreign
 * keys of real tables are missing: raises what PostgreSQL raises if one of them
 * that is still there cannot be implemented any more.
 */
extern void gradual_key_types_check(GradualRehearsal *rehearsal, const GradualRelation *relation,
									const char *column);

#endif							/* GRADUAL_KEY_TYPES_H */
