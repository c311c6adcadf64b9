/*
 * publication.h
 *	  Keeping interim columns from the subscribers of a published table.  Pure.
 */
#ifndef GRADUAL_RECIPE_PUBLICATION_H
#define GRADUAL_RECIPE_PUBLICATION_H

#include "recipe/steps.h"

/*
 * The step, which is about to add an interim column to the command's table,
 * first gives the table a column list without it in every publication that has
 * none.  To be called before the step gets its command and its undo.  No-op if
 * the table is not published, or has such a list already.
 */
extern void gradual_publication_hide(GradualRecipeState *state, const GradualCommand *command,
									 GradualStep *step);

/*
 * The step adds a column of the script's to the command's table: subscribers
 * are to get it at once, as they would without us.  To be called after the step
 * got its command and its undo.
 */
extern void gradual_publication_follow(GradualRecipeState *state, const GradualCommand *command,
									   GradualStep *step);

/* A step for each table that is published so: no column list, first thing in the swap. */
extern void gradual_publication_restore(GradualRecipeState *state);

#endif							/* GRADUAL_RECIPE_PUBLICATION_H */
