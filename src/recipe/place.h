/*
 * place.h
 *	  In which phase a statement may run: never before what it depends on, and
 *	  never so early that it changes what an earlier statement still needs.  Pure.
 *
 * Names are compared as words in the statements' texts, those of columns only
 * where the table is concerned too.  That sees function bodies and DO blocks,
 * and errs on the side of waiting: what waits too long is right nevertheless.
 */
#ifndef GRADUAL_RECIPE_PLACE_H
#define GRADUAL_RECIPE_PLACE_H

#include "recipe/late.h"

/* DDL whose own phase is 'own'. */
extern GradualPhase gradual_place_ddl(const GradualRecipeState *state,
									  const GradualCommand *command, GradualPhase own);

/* Does the command's own statement give its column another type, with which its default goes? */
extern bool gradual_place_is_retyped(const GradualCommand *command);

/*
 * A column of ours beside the command's own, and the work to fill it; after: as
 * far as one late statement has a say.
 */
extern GradualPhase gradual_place_shadow(const GradualRecipeState *state,
										 const GradualCommand *command);
extern GradualPhase gradual_place_shadow_after(const GradualLate *late,
											   const GradualCommand *command);

/*
 * The same for a subcommand on one column, which also waits for earlier
 * statements about that column.
 */
extern GradualPhase gradual_place_column(const GradualRecipeState *state,
										 const GradualCommand *command, GradualPhase own);

/*
 * A change of rows: after earlier changes, and after the indexes that it may
 * need.  Tail if it needs what is there after the swap only.
 */
extern GradualPhase gradual_place_change(const GradualRecipeState *state,
										 const GradualCommand *command, GradualPhase own);

/* A few rows that a statement brings itself: in contract in the swap, if that is enough. */
extern GradualPhase gradual_place_values(const GradualRecipeState *state,
										 const GradualCommand *command);

/* Code that we cannot look into: overtakes nothing; in contract only in tail. */
extern GradualPhase gradual_place_opaque(const GradualRecipeState *state);

/* DROP of what the script created: when nothing earlier uses it any more. */
extern GradualPhase gradual_place_last(const GradualRecipeState *state);

/*
 * DROP of a key, by the name of its index: when no batches go by it any more that
 * have no other.
 */
extern GradualPhase gradual_place_after_walk(const GradualRecipeState *state,
											 const GradualTable *table, const char *key);

/* Work that takes long has no place in the swap. */
extern GradualPhase gradual_place_work(GradualPhase phase);

/*
 * state->late without the constraints that it drops of the table: an index that
 * takes the place of one can be built beside it.  All of it if rows change in
 * between, for which it may have to be gone.
 */
extern List *gradual_place_but_drops(const GradualRecipeState *state, const GradualTable *table);

/* Does an earlier statement change the table's rows in batches? */
extern bool gradual_place_changed(const GradualRecipeState *state, const GradualTable *table);

#endif							/* GRADUAL_RECIPE_PLACE_H */
