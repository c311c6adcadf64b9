/*
 * unless.h
 *	  A DO block that makes one thing unless it is there:
 *
 *	  DO $$ BEGIN CREATE TYPE .. ; EXCEPTION WHEN duplicate_object THEN NULL; END $$
 *
 *	  So generators write what PostgreSQL has no IF NOT EXISTS for.
 */
#ifndef GRADUAL_UNLESS_H
#define GRADUAL_UNLESS_H

#include "script/rehearsal.h"

/* The text between BEGIN and its semicolon, in 'sql', and its length; NULL: it is no such block. */
extern const char *gradual_unless_text(const char *sql, int *length);

/* Is it a statement that stands for itself in such a block: an enum, a named constraint? */
extern bool gradual_unless_knows(const Node *node);

/* Is it there already? */
extern bool gradual_unless_exists(GradualRehearsal *rehearsal, const Node *node);

#endif							/* GRADUAL_UNLESS_H */
