/*
 * join.h
 *	  The steps of the subcommands of one ALTER TABLE.  Pure.
 */
#ifndef GRADUAL_RECIPE_JOIN_H
#define GRADUAL_RECIPE_JOIN_H

#include "recipe/steps.h"

/*
 * The steps from position 'first' on: one step as written if all of it is
 * instant, of one phase, and needs nothing else; else a step for each, with a
 * text of its own.  Raises the refusal if one of them has none.
 */
extern void gradual_join_subcommands(GradualRecipeState *state, GradualStatement *statement,
									 int first);

#endif							/* GRADUAL_RECIPE_JOIN_H */
