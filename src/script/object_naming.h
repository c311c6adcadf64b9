/*
 * object_naming.h
 *	  Types, functions and the like, and labels of enums, that are called otherwise
 *	  until the swap.
 */
#ifndef GRADUAL_OBJECT_NAMING_H
#define GRADUAL_OBJECT_NAMING_H

#include "script/rehearsal.h"

/*
 * The name as texts of the server's have it, quoted and qualified; NULL for what
 * they do not name in expressions.
 */
extern char *gradual_object_naming_of(const ObjectAddress *object);

/* It has got its new name: 'before' is the one from before the statement. */
extern void gradual_object_naming_rename(GradualRehearsal *rehearsal,
										 const ObjectAddress *object, char *before);

/* A label of the enum has got another name. */
extern void gradual_object_naming_label(GradualRehearsal *rehearsal, Oid type,
										const char *before, const char *after);

/* An attribute of a composite type has got another name. */
extern void gradual_object_naming_attribute(GradualRehearsal *rehearsal, const char *after);

/*
 * The enum has been created.  Where another type has its name until the swap, it
 * has an interim one.
 */
extern void gradual_object_naming_create(GradualRehearsal *rehearsal, Oid type);

/*
 * A deparsed expression with the names that hold before the swap.  Raises 0A000 where
 * it has the name of a function that another one shares.
 */
extern char *gradual_object_naming_respell(const GradualRehearsal *rehearsal,
										   const char *expression);

/*
 * The same for the definition of something that is there, and that is made anew
 * beside it.  Attributes cannot be told apart: one with a new name is refused.
 */
extern char *gradual_object_naming_copy(const GradualRehearsal *rehearsal,
										const char *definition);

/*
 * Does it make something else than a value of its type of an enum of which a label
 * gets another name in the swap: a text, say?  Before that it would show the old one.
 */
extern bool gradual_object_naming_shows_label(GradualRehearsal *rehearsal, Node *expression);

#endif							/* GRADUAL_OBJECT_NAMING_H */
