/*
 * carry.h
 *	  The trigger that carries changes of a table over to the table that it is
 *	  copied to, from before the copy until complete.  Pure.
 */
#ifndef GRADUAL_RECIPE_CARRY_H
#define GRADUAL_RECIPE_CARRY_H

#include "recipe/steps.h"

/* Why changes cannot be carried over, in words; NULL = they can. */
extern char *gradual_carry_obstacle(const GradualRecipeState *state,
									const GradualCommand *command, GradualPhase phase);

/* The step that makes the trigger, right before the copy. */
extern void gradual_carry_begin(GradualRecipeState *state, GradualCommand *command,
								GradualPhase phase);

/* The steps of contract: once more what the copy refused, then drop the trigger. */
extern void gradual_carry_end(GradualRecipeState *state, const GradualCommand *command);

#endif							/* GRADUAL_RECIPE_CARRY_H */
