/*
 * unless.h
 *	  A DO block that makes one thing unless it is there, for which PostgreSQL has no
 *	  IF NOT EXISTS:
 *
 *	  DO $$ BEGIN CREATE TYPE .. ; EXCEPTION WHEN duplicate_object THEN NULL; END $$
 *	  DO $$ BEGIN IF NOT EXISTS (SELECT .. FROM pg_type ..) THEN CREATE TYPE .. ; END IF; END $$
 *
 *	  or changes one if it is there, by IF EXISTS.
 */
#ifndef GRADUAL_UNLESS_H
#define GRADUAL_UNLESS_H

#include "script/rehearsal.h"

/* Where the parts of such a block, or of one IF of several in it, stand in its text. */
typedef struct GradualUnlessPart
{
	const char *inner;			/* the statement, up to its semicolon */
	int			inner_length;
	const char *query;			/* of IF EXISTS (..); NULL: there is a handler */
	int			query_length;
	bool		wanted;			/* not IF NOT EXISTS */
} GradualUnlessPart;

typedef struct GradualUnless
{
	const Node *query;			/* NULL: there is a handler */
	const char *text;			/* of the query */
	bool		wanted;
	bool		found;			/* the query finds something before the script */
	bool		found_several;	/* .. perhaps more than one */
	bool		was_there;		/* .. and then there was what the statement is
								 * about */
} GradualUnless;

/* List of GradualUnlessPart *; NIL: it is no such block. */
extern List *gradual_unless_find(const char *sql);

/* Is it a statement that can stand in such a block by itself, about what the query asks for? */
extern bool gradual_unless_knows(const Node *node, const GradualUnless *unless);

/* Could code that stays opaque, of which the script has some by now, make or drop that thing? */
extern bool gradual_unless_is_hidden(const GradualScript *script, const Node *node,
									 const GradualUnless *unless);

/* Asks the catalogs, as they are before the script. */
extern void gradual_unless_ask(const GradualStatement *statement);

/* Is there nothing to do: what it makes is there already, or what it changes is not? */
extern bool gradual_unless_passes(GradualRehearsal *rehearsal, const GradualStatement *statement);

#endif							/* GRADUAL_UNLESS_H */
