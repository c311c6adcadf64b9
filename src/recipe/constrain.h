/*
 * constrain.h
 *	  What all recipes for constraints ask: their texts, and when they may come.
 *	  Pure.
 */
#ifndef GRADUAL_RECIPE_CONSTRAIN_H
#define GRADUAL_RECIPE_CONSTRAIN_H

#include "recipe/steps.h"

/* What undoes it. */
extern char *gradual_constrain_drop(const GradualCommand *command,
									const GradualConstraint *constraint);

/* Do the facts show all of it?  Parameters of an index are left out by the server. */
extern bool gradual_constrain_is_shown(const GradualCommand *command);

/* With the names that its columns have in a phase. */
extern const GradualConstraint *gradual_constrain_spelled(const GradualConstraint *constraint,
														  GradualPhase phase);

/*
 * After whatever earlier statements do to its columns, and drop of its name; own: if
 * they do nothing.
 */
extern GradualPhase gradual_constrain_phase(const GradualRecipeState *state,
											const GradualCommand *command,
											const GradualConstraint *constraint,
											GradualPhase own);

/* While another of its name, which its own statement drops, may still be there. */
extern GradualPhase gradual_constrain_phase_beside(const GradualRecipeState *state,
												   const GradualCommand *command,
												   const GradualConstraint *constraint,
												   GradualPhase own);

#endif							/* GRADUAL_RECIPE_CONSTRAIN_H */
