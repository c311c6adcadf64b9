/*
 * type_naming.h
 *	  Types, and labels of enums, that are called otherwise until the swap.
 */
#ifndef GRADUAL_TYPE_NAMING_H
#define GRADUAL_TYPE_NAMING_H

#include "script/rehearsal.h"

/* The type has got its new name: 'before' is the one from before the statement. */
extern void gradual_type_naming_rename(GradualRehearsal *rehearsal, Oid type, char *before);

/* A label of the enum has got another name. */
extern void gradual_type_naming_label(GradualRehearsal *rehearsal, Oid type,
									  const char *before, const char *after);

/*
 * The enum has been created.  Where another type has its name until the swap, it
 * has an interim one.
 */
extern void gradual_type_naming_create(GradualRehearsal *rehearsal, Oid type);

/* A deparsed text with the names that types and labels have before the swap. */
extern char *gradual_type_naming_respell(const GradualRehearsal *rehearsal, const char *text);

#endif							/* GRADUAL_TYPE_NAMING_H */
