/*
 * key_mark.h
 *	  By what a clone's CHECK is known that stands in for a foreign key of the
 *	  real table, whatever the script calls it.
 */
#ifndef GRADUAL_KEY_MARK_H
#define GRADUAL_KEY_MARK_H

#define GRADUAL_KEY_MARK "_gradual_key "

/* A condition that always holds, and tells which key it is. */
extern char *gradual_key_mark_condition(Oid key);

/* The key that a clone's constraint stands in for; InvalidOid = it is no such one. */
extern Oid	gradual_key_mark_of(Oid constraint);

/* The clone's constraint that stands in for a key; InvalidOid = it is gone. */
extern Oid	gradual_key_mark_find(Oid clone, Oid key);

#endif							/* GRADUAL_KEY_MARK_H */
