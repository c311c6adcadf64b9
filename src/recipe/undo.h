/*
 * undo.h
 *	  What undoes a statement that runs as written.  Pure.
 */
#ifndef GRADUAL_RECIPE_UNDO_H
#define GRADUAL_RECIPE_UNDO_H

#include "recipe/steps.h"

/*
 * Set undo, undo_query, reversible and the note about it.  A replaced object
 * comes back as it was when the step ran; what did exist before an IF NOT
 * EXISTS stays.
 */
extern void gradual_undo_set(GradualStep *step, const GradualRecipeState *state,
							 const GradualCommand *command);

#endif							/* GRADUAL_RECIPE_UNDO_H */
