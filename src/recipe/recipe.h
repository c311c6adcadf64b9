/*
 * recipe.h
 *	  From a command to steps: one function a statement form, found by a table.
 *
 * One new form = one function in a recipe file and one row in recipe.c's table,
 * with a regress file beside it.  Recipes are pure: no SPI, no locks, no clock;
 * what they know is in GradualCommand.
 */
#ifndef GRADUAL_RECIPE_H
#define GRADUAL_RECIPE_H

#include "ledger/step.h"
#include "recipe/steps.h"
#include "script/script.h"

typedef void (*GradualRecipe) (GradualRecipeState *state, GradualCommand *command);

/*
 * The recipe of a command, or NULL: then *form is set to the words for the
 * refusal ('DROP COLUMN').
 */
extern GradualRecipe gradual_recipe_find(const GradualCommand *command, const char **form);

/*
 * The steps of a whole script, in script order, closing steps included: the
 * sync triggers are dropped (first in the list, so that they come first in
 * swap), filled columns are ANALYZEd (last).  Raises 0A000 for what has no
 * recipe.
 */
extern List *gradual_recipe_steps(GradualScript *script, int32 migration);

/* --- the recipes, one file a family --- */

/* column.c */
extern void gradual_recipe_add_column(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_set_default(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_drop_default(GradualRecipeState *state, GradualCommand *command);

/* drop_column.c */
extern void gradual_recipe_drop_column(GradualRecipeState *state, GradualCommand *command);

/*
 * not_null.c; prove: of a table with rows, by a CHECK that was validated before;
 * require_added: the same of a column that the command adds, if its fill comes
 * early enough; require_filled: else, when the statement that fills it has its
 * steps
 */
extern void gradual_recipe_prove_not_null(GradualRecipeState *state, const GradualCommand *command);
extern void gradual_recipe_set_not_null(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_drop_not_null(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_require_added(GradualRecipeState *state, const GradualCommand *command);
extern void gradual_recipe_require_filled(GradualRecipeState *state, const GradualStatement *statement);

/*
 * What undoes a step that drops the NOT NULL of the command's column, with the
 * names that it has and may have below (18), and what a rollback has to look at.
 */
extern void gradual_recipe_undo_not_null(GradualStep *step, const GradualCommand *command, bool valid);

/* The command's column need not become NOT NULL, whose turn has not come; false: it has. */
extern bool gradual_recipe_forget_required(GradualRecipeState *state, const GradualCommand *command);

/* The NOT NULL of an ADD COLUMN that its writer gave a name (18); or NULL. */
extern GradualConstraint *gradual_recipe_named_not_null(const GradualCommand *command);

/* A NOT NULL that is added as a constraint (18), NOT VALID or by its proof. */
extern void gradual_recipe_add_not_null(GradualRecipeState *state, const GradualCommand *command,
										const GradualConstraint *constraint);

/* type.c */
extern void gradual_recipe_alter_type(GradualRecipeState *state, GradualCommand *command);

/*
 * constraint.c; inline: those of an ADD COLUMN, after it; has_inline: is there
 * one but NOT NULL?
 */
extern void gradual_recipe_add_constraint(GradualRecipeState *state, GradualCommand *command);
extern bool gradual_recipe_has_inline(const GradualCommand *command);
extern void gradual_recipe_inline_constraints(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_validate(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_alter_constraint(GradualRecipeState *state, GradualCommand *command);

/*
 * unique.c: when the table's primary key from before is gone.  It has one only, so
 * a second, of whatever name, has to wait, and its columns are NOT NULL until then.
 */
extern GradualPhase gradual_recipe_after_primary(const GradualRecipeState *state,
												 const GradualCommand *command);

/* Is a constraint that is dropped added again further on?  Sets the phase of that. */
extern bool gradual_recipe_is_replaced(const GradualRecipeState *state,
									   const GradualCommand *drop, GradualPhase *phase);

/*
 * identity.c; begin: the sequence of a serial or identity column that is being
 * added by this step, and the default that fills it; end: it becomes what it is
 */
extern char *gradual_identity_begin(GradualRecipeState *state, const GradualCommand *command,
									GradualStep *add);
extern void gradual_identity_end(GradualRecipeState *state, const GradualCommand *command,
								 GradualPhase phase);
extern void gradual_recipe_add_identity(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_set_identity(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_drop_identity(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_set_expression(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_drop_expression(GradualRecipeState *state, GradualCommand *command);

/* table.c: the other subcommands of ALTER TABLE */
extern void gradual_recipe_option(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_enable_trigger(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_drop_constraint(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_blocking(GradualRecipeState *state, GradualCommand *command);

/*
 * index.c; twin: an index for a second column that is gone after the swap, the
 * number tells it from others of the command
 */
extern void gradual_recipe_twin_index(GradualRecipeState *state, const GradualCommand *command,
									  const GradualTwinIndex *twin, int number);
extern void gradual_recipe_create_index(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_drop_index(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_reindex(GradualRecipeState *state, GradualCommand *command);

/* data.c */
extern void gradual_recipe_update(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_delete(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_insert(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_merge(GradualRecipeState *state, GradualCommand *command);

/* refresh.c */
extern void gradual_recipe_refresh(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_analyze(GradualRecipeState *state, GradualCommand *command);

/* other.c */
extern void gradual_recipe_as_written(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_create_enum(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_rename(GradualRecipeState *state, GradualCommand *command);

/*
 * What copies whole rows, or LIKE, in a later phase than expand: until then no table
 * may get a column that comes after it.
 */
extern void gradual_recipe_refuse_late_copy(const GradualRecipeState *state,
											const GradualCommand *command, GradualPhase phase);
extern void gradual_recipe_opaque(GradualRecipeState *state, GradualCommand *command);

/* setval.c */
extern void gradual_recipe_code(GradualRecipeState *state, GradualCommand *command);

/* A later statement may use a sequence later than was known when it was set. */
extern void gradual_setval_settle(GradualRecipeState *state);

/* rename_column.c */
extern void gradual_recipe_rename_column(GradualRecipeState *state, GradualCommand *command);

/* When all steps are made: triggers that listen to two names listen to one again. */
extern void gradual_rename_stop_listening(GradualRecipeState *state);

/* rename_object.c: what is not a relation */
extern void gradual_recipe_rename_object(GradualRecipeState *state, GradualCommand *command);

/* restrict.c: in the swap */
extern void gradual_recipe_restrict_table(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_restrict(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_alter_domain(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_truncate(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_nothing(GradualRecipeState *state, GradualCommand *command);

/* attach.c */
extern void gradual_recipe_attach_partition(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_refuse_below(const GradualRecipeState *state,
										const GradualCommand *command);

/* drop.c */
extern void gradual_recipe_drop(GradualRecipeState *state, GradualCommand *command);

/* rename_table.c; stand_ins: views under the new names, when all other steps are made */
extern void gradual_recipe_rename_table(GradualRecipeState *state, GradualCommand *command);
extern void gradual_recipe_stand_ins(GradualRecipeState *state);

#endif							/* GRADUAL_RECIPE_H */
