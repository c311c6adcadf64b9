/*
 * beside.h
 *	  What hangs on columns that get another type, made beside the old objects
 *	  before the swap.  Pure.
 */
#ifndef GRADUAL_RECIPE_BESIDE_H
#define GRADUAL_RECIPE_BESIDE_H

#include "recipe/steps.h"

/*
 * After the backfill of the last of a table's columns: plain indexes and
 * statistics before ready; what could refuse a row, or an upsert, after complete.
 */
extern void gradual_beside_make(GradualRecipeState *state, const GradualCommand *command);

/*
 * Is the index of a CREATE INDEX one that is made so, since a later statement
 * gives one of its columns another type?
 */
extern bool gradual_beside_makes(const GradualIndexFacts *index);

/* At the end of the script: the foreign keys between all shadows, last in prepare. */
extern void gradual_beside_keys(GradualRecipeState *state);

/* By now a table that the script creates is there for everybody. */
extern void gradual_beside_lock(GradualStep *step, const GradualTable *table, LOCKMODE mode);

/*
 * The name of the constraint that proves that the shadow of a column of the
 * table has no NULL, not quoted.
 */
extern char *gradual_beside_proof(const GradualRecipeState *state, const GradualTable *table,
								  const GradualRetype *retype);

#endif							/* GRADUAL_RECIPE_BESIDE_H */
